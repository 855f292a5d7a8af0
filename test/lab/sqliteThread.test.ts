/** A thread that uses SQLite is ended while it loads it, and nothing but the thread ends. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const ENDER = fileURLToPath(new URL('./threadEnder.ts', import.meta.url));
/** Of 300 ends without a wait, the first one or two already took the process along, each of three times. */
const ENDS = 200;

test('threads that are ended while they load SQLite do not take their process along', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [ENDER, String(ENDS)]);
  expect(stdout.trim()).toBe(`${ENDS} ended`);
});
