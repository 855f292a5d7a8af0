// A display to draw on: the machine's own, or a virtual one (Xvfb) that runs as long as it is needed.
import { spawn } from 'node:child_process';
import { findProgram } from '../setup/programs.mjs';

const VIRTUAL_SCREEN = '1920x1080x24';
const START_LIMIT_MS = 15_000;
/** The descriptor on which Xvfb writes the number of the display that it has taken. */
const DISPLAY_NUMBER_DESCRIPTOR = 3;

/**
 * Whether a window can be shown.
 * @param {string} [platform] as in `process.platform`
 * @param {Readonly<Record<string, string | undefined>>} [environment] as in `process.env`
 */
export function hasDisplay(platform = process.platform, environment = process.env) {
  if (platform !== 'linux') return true;
  return Boolean(environment['DISPLAY']) || Boolean(environment['WAYLAND_DISPLAY']);
}

/**
 * Runs `action` with a display: on the machine's own where there is one, otherwise on a virtual one that ends with
 * `action`.
 * @template T
 * @param {(env: NodeJS.ProcessEnv) => Promise<T>} action receives the environment for programs that draw
 * @returns {Promise<T>}
 * @throws {Error} when there is no display and Xvfb is missing or does not start
 */
export async function withDisplay(action) {
  if (hasDisplay()) return action(process.env);
  const virtual = await startVirtualDisplay();
  try {
    return await action({ ...process.env, DISPLAY: virtual.name });
  } finally {
    await virtual.stop();
  }
}

/** @returns {Promise<{ name: string, stop: () => Promise<void> }>} */
async function startVirtualDisplay() {
  const program = findProgram('Xvfb');
  if (program === undefined) throw new Error('There is no display, and no Xvfb to make a virtual one: install xvfb');
  const flags = ['-displayfd', String(DISPLAY_NUMBER_DESCRIPTOR), '-screen', '0', VIRTUAL_SCREEN, '-nolisten', 'tcp'];
  // In its own process group, so that Ctrl+C reaches the app first and the display ends last.
  const child = spawn(program, flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'], detached: true });
  const kill = () => {
    child.kill();
  };
  process.once('exit', kill);
  const ended = new Promise((resolve) => {
    child.once('close', resolve);
  });
  const number = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`Xvfb did not say within ${START_LIMIT_MS / 1_000} s which display it serves`));
    }, START_LIMIT_MS);
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(new Error(`Xvfb ended at once, with exit code ${code}`));
    });
    const pipe = /** @type {import('node:stream').Readable} */ (child.stdio[DISPLAY_NUMBER_DESCRIPTOR]);
    let text = '';
    pipe.on('data', (data) => {
      text += String(data);
      // The line may come in parts; Xvfb is ready, and needs no reader, only after the last part.
      if (!text.includes('\n')) return;
      clearTimeout(timer);
      resolve(text.trim());
    });
  }).catch((error) => {
    kill();
    throw error;
  });
  return {
    name: `:${number}`,
    stop: async () => {
      process.removeListener('exit', kill);
      kill();
      await ended;
    },
  };
}
