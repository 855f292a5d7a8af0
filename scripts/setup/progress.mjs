// Says what is being done and for how long, on standard error, so that a command's own output stays clean.

const REDRAW_INTERVAL_MS = 1_000;
/** Without a terminal a line cannot be redrawn, so a new one is printed from time to time. */
const LOG_INTERVAL_MS = 10_000;

/**
 * Prints one line.
 * @param {string} text
 */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * A size for people.
 * @param {number} bytes
 */
export function formatSize(bytes) {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${Math.round(bytes / 1_000_000)} MB`;
}

/**
 * A duration for people, in seconds.
 * @param {number} milliseconds
 */
export function formatSeconds(milliseconds) {
  return milliseconds < 9_950 ? `${(milliseconds / 1_000).toFixed(1)} s` : `${Math.round(milliseconds / 1_000)} s`;
}

/**
 * Runs one step that takes seconds, with a line that says so while it runs and how long it took.
 * @template T
 * @param {string} label what is being done
 * @param {(note: (detail: string) => void) => Promise<T>} action `note` sets the detail shown after the label
 * @returns {Promise<T>}
 */
export async function step(label, action) {
  const startedAt = performance.now();
  const isTerminal = process.stderr.isTTY === true;
  let detail = '';
  const elapsed = () => formatSeconds(performance.now() - startedAt);
  const line = () => `  ${label}${detail === '' ? '' : `: ${detail}`} … ${elapsed()}`;
  if (isTerminal) process.stderr.write(line());
  else say(`  ${label} …`);
  const timer = setInterval(
    () => {
      if (isTerminal) process.stderr.write(`\r\u001b[K${line()}`);
      else say(line());
    },
    isTerminal ? REDRAW_INTERVAL_MS : LOG_INTERVAL_MS,
  );
  let outcome = 'failed';
  try {
    const result = await action((text) => {
      detail = text;
    });
    outcome = 'done';
    return result;
  } finally {
    clearInterval(timer);
    const suffix = detail === '' ? '' : ` (${detail})`;
    const summary = `  ${label}: ${outcome} in ${elapsed()}${suffix}`;
    process.stderr.write(isTerminal ? `\r\u001b[K${summary}\n` : `${summary}\n`);
  }
}
