// How Electron's fuses stand in every packaged app: what Electron offers to developers and attackers alike is off.
// See Electron's documentation, "Electron Fuses", and docs/security.md.
import { FuseV1Options, FuseVersion, flipFuses, FuseState, getCurrentFuseWire } from '@electron/fuses';

/**
 * Every fuse by its name in @electron/fuses. A test reads them back from the built executable.
 * @type {Readonly<Record<keyof typeof FuseV1Options, boolean>>}
 */
export const FUSES = Object.freeze({
  /** `ELECTRON_RUN_AS_NODE` would make a general Node out of a program that people trust. */
  RunAsNode: false,
  EnableCookieEncryption: true,
  /** `NODE_OPTIONS` and `NODE_EXTRA_CA_CERTS` would load code, or trust, from the environment. */
  EnableNodeOptionsEnvironmentVariable: false,
  /** `--inspect` would let another program in, also by a signal. */
  EnableNodeCliInspectArguments: false,
  /** Of effect on macOS and Windows, where the app's archive is checked against a digest in the executable. */
  EnableEmbeddedAsarIntegrityValidation: true,
  OnlyLoadAppFromAsar: true,
  /** Raftlab makes no V8 snapshot of its own. */
  LoadBrowserProcessSpecificV8Snapshot: false,
  /** The page lives at app://, so file:// needs no rights. */
  GrantFileProtocolExtraPrivileges: false,
  /** Faster bounds checks of WebAssembly, as every browser has them. */
  WasmTrapHandlers: true,
});

/**
 * The fuses as they stand in an executable.
 * @param {string} executable
 * @returns {Promise<Record<string, boolean>>} by name, those that this Electron has
 * @throws {Error} when the executable has a fuse that is not known here, or one that is neither on nor off
 */
export async function readFuses(executable) {
  const wire = Object.entries(await getCurrentFuseWire(executable)).filter(([position]) => position !== 'version');
  return Object.fromEntries(wire.map(([position, state]) => {
    const name = FuseV1Options[Number(position)];
    if (name === undefined) throw new Error(`The executable has a fuse at ${position} that build/fuses.mjs has not`);
    if (state !== FuseState.ENABLE && state !== FuseState.DISABLE) {
      throw new Error(`The fuse ${name} is neither on nor off: ${String(state)}`);
    }
    return [name, state === FuseState.ENABLE];
  }));
}

/**
 * Sets all fuses of an executable. An Electron with more fuses than are listed above is refused: somebody has to
 * decide about the new one first.
 * @param {string} executable on macOS the app's folder, `NAME.app`
 * @param {Partial<typeof FUSES>} [changes] for tests
 */
export async function setFuses(executable, changes = {}) {
  const wanted = Object.entries({ ...FUSES, ...changes });
  // Older Electrons have fewer fuses, and the library refuses to set one that is not there.
  const present = await getCurrentFuseWire(executable);
  const settings = wanted.flatMap(([name, isOn]) => {
    const position = FuseV1Options[/** @type {keyof typeof FuseV1Options} */ (name)];
    return present[position] === undefined ? [] : [[position, isOn]];
  });
  await flipFuses(executable, {
    version: FuseVersion.V1,
    strictlyRequireAllFuses: true,
    resetAdHocDarwinSignature: process.platform === 'darwin',
    ...Object.fromEntries(settings),
  });
}
