/** Labs that are renamed and copied: a copy is another lab with the same data, or nothing of it is left. */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LabStore } from '../../src/lab/files/labStore.ts';
import type { LabFile } from '../../src/lab/files/labFile.ts';
import { labErrorOf, makeLab, openService, startLab, temporaryFolder, TestLab } from './support.ts';

const labsIn = (dataDirectory: string): readonly string[] => readdirSync(join(dataDirectory, 'labs')).sort();
const fileOf = (dataDirectory: string, labId: string): string => join(dataDirectory, 'labs', labId, 'lab.json');

/** Writes another lab.json than the lab has. */
function change(dataDirectory: string, labId: string, changes: (file: LabFile) => object): void {
  const path = fileOf(dataDirectory, labId);
  const file = JSON.parse(readFileSync(path, 'utf8')) as LabFile;
  writeFileSync(path, JSON.stringify({ ...file, ...changes(file) }));
}

test('a copy of the open lab has its data and is another lab; the open one goes on as it was', async () => {
  const lab = await startLab(3);
  await lab.leaderOf();
  await lab.put('n1', 'kept', 'in both\udc89');
  await lab.converged();
  await lab.act('node:crash', 'n3');
  let changes = 0;
  lab.service.onLabChanged(() => {
    changes += 1;
  });
  const copy = await lab.service.execute('lab:copy', { labId: lab.view.labId, name: 'The copy' });
  expect(copy).toMatchObject({ name: 'The copy', nodeCount: 3, isOpen: false, openedAtMs: 0 });
  expect(copy.labId).not.toBe(lab.view.labId);
  expect(changes).toBe(1);

  const again = await TestLab.follow(lab.service, lab.dataDirectory);
  expect(again.view.labId).toBe(lab.view.labId);
  expect(again.node('n3').life).toBe('crashed');
  await again.leaderOf(['n1', 'n2']);
  await again.put('n1', 'kept', 'in the first');

  await lab.service.execute('lab:open', { labId: copy.labId });
  const copied = await TestLab.follow(lab.service, lab.dataDirectory);
  await copied.act('node:restart', 'n3');
  await copied.leaderOf();
  await copied.converged();
  expect(await copied.contents('n3')).toEqual({ kept: 'in both\udc89' });
  expect((await copied.disk('n3')).identity).toMatchObject({ labId: copy.labId, id: 3, incarnation: 1 });
  const list = await lab.service.execute('lab:list', {});
  expect(list.map(({ name }) => name)).toEqual(['The copy', 'Test lab']);
});

test('a damaged database, too large a one or a node elsewhere makes no copy, and nothing is left of it', async () => {
  const lab = await startLab(1);
  await lab.leaderOf();
  const { dataDirectory, service } = lab;
  const labId = await makeLab(dataDirectory, 1);
  const before = labsIn(dataDirectory);
  const copyError = async (): Promise<string> => (
    (await labErrorOf(service.execute('lab:copy', { labId, name: 'x' }))).message);

  const database = join(dataDirectory, 'labs', labId, 'n1', 'raft.db');
  writeFileSync(database, 'this is no database'.repeat(1000));
  expect(await copyError()).toContain('raft.db of n1 is damaged or not of this lab');
  expect(labsIn(dataDirectory)).toEqual(before);

  truncateSync(database, 2 ** 30 + 1);
  expect(await copyError()).toContain('its databases take 1025 MiB, and up to 1024 MiB are copied');
  expect(labsIn(dataDirectory)).toEqual(before);

  change(dataDirectory, labId, ({ nodes: [node] }) => (
    { nodes: [{ ...node, machine: { id: randomUUID(), name: 'desk 7' } }] }));
  expect(await copyError()).toContain('the file of n1 is on desk 7');
  expect(labsIn(dataDirectory)).toEqual(before);
  await lab.put('n1', 'still', 'here');
});

test('a copy that is called off leaves nothing behind', async () => {
  const dataDirectory = temporaryFolder();
  const labId = await makeLab(dataDirectory, 1);
  const quiet = (): void => undefined;
  const store = new LabStore(dataDirectory, { info: quiet, warn: quiet, error: quiet });
  const copied = store.copy(labId, 'x', { adopt: () => Promise.resolve() }, AbortSignal.abort());
  expect((await labErrorOf(copied)).message).toContain('cancelled');
  expect(labsIn(dataDirectory)).toEqual([labId]);
});

test('a lab is renamed, the open one in every window, and its name is kept', async () => {
  const lab = await startLab(1);
  await lab.leaderOf();
  const { service, dataDirectory } = lab;
  const other = await makeLab(dataDirectory, 1);
  const { labId } = lab.view;
  const renamed = await service.execute('lab:rename', { labId, name: 'Tuesday' });
  expect(renamed).toMatchObject({ name: 'Tuesday', isOpen: true });
  expect(lab.view.name).toBe('Tuesday');
  expect(await service.execute('lab:rename', { labId: other, name: 'Wednesday' })).toMatchObject({ isOpen: false });
  expect((await labErrorOf(service.execute('lab:rename', { labId, name: ' ' }))).code).toBe('invalid-argument');
  await service.close();
  const again = await openService(dataDirectory);
  const list = await again.execute('lab:list', {});
  expect(list.map(({ name }) => name).sort()).toEqual(['Tuesday', 'Wednesday']);
});

test('a lab that is open to the network keeps its name and is not copied', async () => {
  const lab = await startLab(1);
  await lab.leaderOf();
  const { labId } = lab.view;
  await lab.service.execute('lan:open', { address: '127.0.0.1' });
  for (const command of ['lab:rename', 'lab:copy'] as const) {
    const error = await labErrorOf(lab.service.execute(command, { labId, name: 'Other' }));
    expect([error.code, error.message]).toEqual(['refused', expect.stringContaining('open to the network')]);
  }
  expect((await lab.service.execute('lan:status', {})).mode).toBe('host');
  await lab.service.execute('lan:close', {});
});

test.each([
  ['cut short', (text: string) => text.slice(0, text.length / 2), 'Test lab'],
  ['a newer format', (text: string) => text.replace(/"version": \d+/, '"version": 99'), 'Test lab'],
  ['of a wrong shape', (text: string) => text.replace('"pace": "fast"', '"pace": 7'), 'Test lab'],
  ['nothing of it left', () => '', null],
])('a damaged lab.json (%s) is listed with the name that it still tells', async (_what, damage, name) => {
  const dataDirectory = temporaryFolder();
  const labId = await makeLab(dataDirectory, 1);
  const path = fileOf(dataDirectory, labId);
  writeFileSync(path, damage(readFileSync(path, 'utf8')));
  const quiet = (): void => undefined;
  const store = new LabStore(dataDirectory, { info: quiet, warn: quiet, error: quiet });
  expect(await store.summaries()).toEqual([
    { labId, name, isOpen: false, problem: expect.stringContaining('lab') as unknown },
  ]);
});
