// The log file: it stays small, keeps what came before, and survives a full life of the app.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LOG_BYTES_MAX, openLog } from '../../src/main/log.ts';
import { temporaryFolder } from './support.ts';

const LINE = 'x'.repeat(8_000);

test('the log is renewed at its limit, and one earlier file is kept', async () => {
  const directory = join(temporaryFolder(), 'logs');
  const log = openLog(directory, false);
  const lines = Math.ceil((2.5 * LOG_BYTES_MAX) / LINE.length);
  for (let line = 0; line < lines; line += 1) {
    log.info(`line ${line} ${LINE}`);
    // The log writes behind our back: let it, as the app does.
    if (line % 10 === 0) await new Promise(setImmediate);
  }
  const path = join(directory, 'main.log');
  await expect.poll(() => (existsSync(path) ? readFileSync(path, 'utf8') : ''), { timeout: 30_000 })
    .toContain(`line ${lines - 1} `);
  expect(readdirSync(directory).sort()).toEqual(['main.log', 'main.old.log']);
  // A file may pass its limit by what was on its way.
  for (const name of readdirSync(directory)) {
    expect(statSync(join(directory, name)).size).toBeLessThan(1.5 * LOG_BYTES_MAX);
  }
});

test('an error is logged with its stack', async () => {
  const directory = join(temporaryFolder(), 'logs');
  openLog(directory, false).error('it failed', new Error('a cause'));
  const path = join(directory, 'main.log');
  await expect.poll(() => (existsSync(path) ? readFileSync(path, 'utf8') : ''), { timeout: 30_000 })
    .toMatch(/\[error\] +it failed Error: a cause\n +at /);
});
