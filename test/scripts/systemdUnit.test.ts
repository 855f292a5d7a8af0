/** The unit that docs/lan.md gives to administrators is one that systemd understands. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findProgram } from '../../scripts/setup/programs.mjs';
import { projectPath } from '../../scripts/setup/project.mjs';
import { parseOptions } from '../../src/cli/terminal/options.ts';

const unit = /```ini\n(.*?)```/s.exec(readFileSync(projectPath('docs', 'lan.md'), 'utf8'))?.[1] ?? '';
const [, program = '', words = ''] = /^ExecStart=(\S+) (.*)$/m.exec(unit) ?? [];

test('its command line is one that the program takes', () => {
  expect(program).toBe('/usr/bin/raftlab');
  const options = parseOptions(words.split(' '));
  expect(options).toMatchObject({ type: 'run', headless: true, join: { address: '192.168.1.10' } });
});

test('systemd finds nothing wrong with it', ({ skip }) => {
  const analyze = findProgram('systemd-analyze');
  if (analyze === undefined) return skip('there is no systemd-analyze here');
  const folder = mkdtempSync(join(tmpdir(), 'raftlab-unit-'));
  onTestFinished(() => { rmSync(folder, { recursive: true, force: true }); });
  const path = join(folder, 'raftlab-node.service');
  // It looks for the program as well, which is not installed here.
  writeFileSync(path, unit.replace(program, '/bin/true'));
  const { status, stdout, stderr } = spawnSync(analyze, ['verify', path], { encoding: 'utf8' });
  expect([stdout, stderr.split('\n').filter((line) => line.includes('raftlab')), status]).toEqual(['', [], 0]);
});
