/** The programs of examples/clients count through a crash of the leader and a partition: their answers explain it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { projectPath } from '../../../scripts/setup/project.mjs';
import { pythonWithRedis } from '../../../scripts/setup/pythonWithRedis.mjs';
import type { NodeName } from '../../../src/trace/names.ts';
import type { TestLab } from '../support.ts';
import { doorOf, openDoors, startDoorLab } from './support/doors.ts';

/** After each thing that happens, the program counts on by so much. */
const STEP = 30;

const PROGRAMS = [
  { file: 'counter.py', runner: pythonWithRedis, missing: 'there is no Python with redis-py (Debian: python3-redis)' },
  { file: 'counter.mjs', runner: () => process.execPath, missing: '' },
] as const;

/** Waits until what a node has applied has counted on: the program is the only one that writes. */
async function countsOn(lab: TestLab, name: NodeName): Promise<void> {
  const before = lab.node(name).lastApplied;
  await lab.until(`${name} to count on`, () => lab.node(name).lastApplied > before + STEP);
}

test.for(PROGRAMS)('$file', async ({ file, runner, missing }, context) => {
  context.skip(process.platform === 'win32', 'Windows knows no Ctrl-C for another process');
  const executable = runner() ?? context.skip(missing);
  const lab = await startDoorLab(3);
  await openDoors(lab);
  const first = await lab.leaderOf();
  const names = [first, ...lab.names.filter((name) => name !== first)];
  const places = await Promise.all(names.map((name) => doorOf(lab, name)));
  const program = spawn(executable, [
    projectPath('examples', 'clients', file), ...places.map(({ port }) => String(port)),
  ], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    program.kill('SIGKILL');
  });
  const lines: string[] = [];
  createInterface(program.stdout).on('line', (line) => lines.push(line));
  const ended = once(program, 'close');

  await countsOn(lab, first);
  await lab.act('node:crash', first);
  const second = await lab.leaderOf(names.slice(1));
  await countsOn(lab, second);
  await lab.act('node:restart', first);
  await lab.leaderOf();
  const others = names.filter((name) => name !== second);
  await lab.service.execute('network:partition', { groups: [[second], others] });
  const third = await lab.leaderOf(others);
  await countsOn(lab, third);
  await lab.service.execute('network:heal', {});
  await lab.leaderOf();
  await countsOn(lab, second);
  program.kill('SIGINT');
  await ended;

  const last = lines.pop() ?? '';
  const [answered = NaN, uncertain = NaN, counter = NaN] = [...last.matchAll(/\d+/g)].map(Number);
  expect(last).toBe(`answered ${answered}, uncertain ${uncertain}, counter ${counter}`);
  expect(lines.length, 'the crash of the leader was noticed').toBeGreaterThan(0);
  expect(Number(await lab.get(second, 'counter'))).toBe(counter);
  expect(answered).toBeGreaterThan(3 * STEP);
  expect(counter).toBeGreaterThanOrEqual(answered);
  expect(counter).toBeLessThanOrEqual(answered + uncertain);
  expect(uncertain).toBeLessThanOrEqual(lines.length);
});
