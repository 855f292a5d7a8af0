// Electron's fuses: switches stored in its executable as one character each, after a sentinel.
// See Electron's documentation, "Electron Fuses".

const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const WIRE_VERSION = 1;
const ENABLED = '1'.charCodeAt(0);
const DISABLED = '0'.charCodeAt(0);

/** Positions on the wire. */
export const Fuse = Object.freeze({
  NODE_CLI_INSPECT_ARGUMENTS: 3,
  LOAD_BROWSER_PROCESS_SPECIFIC_V8_SNAPSHOT: 6,
});

/**
 * Resets the fuses whose changed values keep an executable from being driven by Playwright and from starting without
 * its own V8 snapshot.
 * @param {Buffer} executable
 * @returns {Buffer} the same bytes with the fuses set
 * @throws {Error} when there is no fuse wire of the known version
 */
export function restoreFuses(executable) {
  const sentinelAt = executable.indexOf(SENTINEL);
  if (sentinelAt < 0) throw new Error('The executable has no fuse wire: it is not an Electron that is known here');
  const versionAt = sentinelAt + SENTINEL.length;
  const version = executable[versionAt];
  const length = executable[versionAt + 1] ?? 0;
  if (version !== WIRE_VERSION || length <= Fuse.LOAD_BROWSER_PROCESS_SPECIFIC_V8_SNAPSHOT) {
    throw new Error(`The fuse wire has version ${version} and ${length} fuses, not version 1 and 7 or more`);
  }
  const wireAt = versionAt + 2;
  executable[wireAt + Fuse.NODE_CLI_INSPECT_ARGUMENTS] = ENABLED;
  executable[wireAt + Fuse.LOAD_BROWSER_PROCESS_SPECIFIC_V8_SNAPSHOT] = DISABLED;
  return executable;
}
