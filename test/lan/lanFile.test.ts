/** Who a machine is on the LAN, on a real disk: never anew without its owner's knowing. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LanFileKeeper, usualMachineName } from '../../src/lan/lanFile.ts';
import { labErrorOf, temporaryFolder } from '../lab/support.ts';

const pathOf = (folder: string): string => join(folder, 'data', 'lan.json');

test('a machine is the same after a restart, and its file is its owner\'s alone', async () => {
  const path = pathOf(temporaryFolder());
  const keeper = new LanFileKeeper(path);
  const { privateKey } = await keeper.read();
  await keeper.change((file) => ({ ...file, machineName: 'desk 7' }));
  expect(await new LanFileKeeper(path).read()).toMatchObject({ privateKey, machineName: 'desk 7' });
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('changes that are made at once are all made, and what is read is what is on disk', async () => {
  const path = pathOf(temporaryFolder());
  const keeper = new LanFileKeeper(path);
  await Promise.all([
    keeper.change((file) => ({ ...file, permits: true })),
    keeper.keepHosted('lab-a', 'code a', 1),
    keeper.keepHosted('lab-b', 'code b', 2),
    keeper.change((file) => ({ ...file, machineName: 'desk 7' })),
  ]);
  const file = await keeper.read();
  expect(file).toMatchObject({ permits: true, machineName: 'desk 7' });
  expect(file.hosted.map(({ labId }) => labId)).toEqual(['lab-a', 'lab-b']);
  expect(await new LanFileKeeper(path).read()).toEqual(file);
});

test('two Raftlabs on one data folder change one file: nothing of the other is lost', async () => {
  const path = pathOf(temporaryFolder());
  const [first, second] = [new LanFileKeeper(path), new LanFileKeeper(path)];
  await Promise.all([first.read(), second.read()]); // each has seen that there is no file yet
  const [privateKey, other] = await Promise.all([first.privateKey(), second.privateKey()]);
  expect(other).toBe(privateKey);
  await Promise.all(Array.from({ length: 5 }, (_, at) => [
    first.keepHosted(`lab-a${at}`, 'code a', 1), second.keepHosted(`lab-b${at}`, 'code b', 2),
  ]).flat());
  await second.change((file) => ({ ...file, permits: true }));
  const file = await first.read();
  expect(file).toMatchObject({ privateKey, permits: true });
  expect(file.hosted).toHaveLength(10);
  expect(await second.read()).toEqual(file);
});

test.each(['', '   ', 'x'.repeat(41)])('a change that could not be read again is refused, and changes nothing: %j',
  async (machineName) => {
    const path = pathOf(temporaryFolder());
    const keeper = new LanFileKeeper(path);
    const before = await keeper.change((file) => ({ ...file, permits: true }));
    expect((await labErrorOf(keeper.change((file) => ({ ...file, machineName })))).code).toBe('invalid-argument');
    expect(await keeper.read()).toEqual(before);
    expect(await new LanFileKeeper(path).read()).toEqual(before);
  });

test.each([
  ['corrupt-file', (text: string) => text.slice(0, -20)],
  ['corrupt-file', (text: string) => text.replace(/"machineName": "[^"]*"/, '"machineName": ""')],
  ['lab-newer', (text: string) => text.replace('"version": 2', '"version": 3')],
] as const)('a file that cannot be read is told of (%s) and stays as it is', async (code, damage) => {
  const path = pathOf(temporaryFolder());
  const good = await new LanFileKeeper(path).change((file) => ({ ...file, permits: true }));
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, damage(text));
  const keeper = new LanFileKeeper(path);
  for (const ask of [() => keeper.read(), () => keeper.change((file) => ({ ...file, permits: false }))]) {
    const error = await labErrorOf(ask());
    expect(error.code).toBe(code);
    expect(error.message).toContain(path);
  }
  expect(readFileSync(path, 'utf8')).toBe(damage(text));
  writeFileSync(path, text);
  expect(await keeper.read(), 'a good copy needs no restart').toEqual(good);
});

test('a folder under the name of the file is told of as one', async () => {
  const path = pathOf(temporaryFolder());
  mkdirSync(path, { recursive: true });
  const error = await labErrorOf(new LanFileKeeper(path).read());
  expect(error.message).toContain(path);
  expect(error.message).toContain('it is a folder: move it away');
});

test('a machine has a name whatever the system calls it', () => {
  expect(usualMachineName('')).toBe('a lab machine');
  expect(usualMachineName('   ')).toBe('a lab machine');
  expect(usualMachineName('\u001b[2Jpc-7')).toBe('[2Jpc-7');
  expect(usualMachineName('pc-7')).toBe('pc-7');
  expect(usualMachineName('x'.repeat(300))).toBe('x'.repeat(40));
});
