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
  const path = join(directory, 'main.log');
  const lines = Math.ceil((2.5 * LOG_BYTES_MAX) / LINE.length);
  for (let line = 0; line < lines; line += 1) {
    log.info(`line ${line} ${LINE}`);
    if (line % 20 !== 0 && line !== lines - 1) continue;
    // The log writes behind our back; no app writes a megabyte of log before the first of it is on the disk.
    await expect.poll(() => (existsSync(path) ? readFileSync(path, 'utf8') : ''), { timeout: 30_000, interval: 5 })
      .toContain(`line ${line} `);
  }
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
