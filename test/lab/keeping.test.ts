/** Labs on disk: opened again they are as they were left; damaged files are told of and never deleted. */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { diskError } from '../../src/lab/files/diskError.ts';
import { labFileIn, labOf } from '../../src/lab/files/labFile.ts';
import type { LabFile } from '../../src/lab/files/labFile.ts';
import { NO_FAULTS } from '../../src/trace/events.ts';
import { networkFaults } from '../../src/trace/network.ts';
import { labErrorOf, makeLab, openService, startLab, temporaryFolder, TestLab } from './support.ts';

const fileOf = (dataDirectory: string, labId: string): string => join(dataDirectory, 'labs', labId, 'lab.json');
const LINK = { from: 'n1', to: 'n2', faults: NO_FAULTS };

test('a first start makes the default lab: five nodes at class pace', async () => {
  const service = await openService(temporaryFolder());
  expect(await service.execute('lab:list', {})).toMatchObject([
    { name: 'Default lab', nodeCount: 5, pace: 'class', isOpen: true },
  ]);
});

test('a lab opened again has its data, pace, faults, partition, crashed and paused nodes', async () => {
  const lab = await startLab(5);
  await lab.leaderOf();
  await lab.put('n2', 'kept', 'safely');
  await lab.converged();
  await lab.service.execute('link:set', {
    from: 'n1', to: 'n2', bothWays: false, faults: { ...NO_FAULTS, delayMs: 1 },
  });
  await lab.service.execute('network:partition', { groups: [['n1', 'n2', 'n3'], ['n4', 'n5']] });
  await lab.act('node:crash', 'n5');
  await lab.act('node:pause', 'n4');
  const ports = lab.nodes.map(({ port }) => port);
  await lab.service.close();

  const again = await TestLab.follow(await openService(lab.dataDirectory), lab.dataDirectory);
  expect(again.view).toMatchObject({ labId: lab.view.labId, pace: 'fast' });
  expect(networkFaults(again.view).partition).toEqual([['n1', 'n2', 'n3'], ['n4', 'n5']]);
  expect(again.view.links['n1>n2']?.faults).toEqual({ ...NO_FAULTS, delayMs: 1 });
  expect(again.view.links['n1>n4']?.faults.down).toBe(true);
  expect(again.node('n5').life).toBe('crashed');
  await again.until('n4 to be paused', () => again.node('n4').life === 'paused');
  await again.leaderOf(['n1', 'n2', 'n3']);
  expect(await again.get('n3', 'kept')).toBe('safely');
  expect(again.nodes.filter(({ life }) => life === 'running').map(({ port }) => port)).toEqual(ports.slice(0, 3));

  await again.service.execute('network:heal', {});
  await again.act('node:resume', 'n4');
  await again.act('node:restart', 'n5');
  await again.converged();
  expect(await again.contents('n5')).toEqual({ kept: 'safely' });
});

test('labs are created, opened, listed and deleted, one open at a time', async () => {
  const first = await startLab(3);
  await first.leaderOf();
  await first.put('n1', 'where', 'first');
  let changes = 0;
  first.service.onLabChanged(() => {
    changes += 1;
  });
  const created = await first.service.execute('lab:create', { name: 'Second', nodeCount: 1, pace: 'fast' });
  expect(created).toMatchObject({ name: 'Second', nodeCount: 1, isOpen: true });
  expect(changes).toBe(1);
  const second = await TestLab.follow(first.service, first.dataDirectory);
  await second.leaderOf();
  expect(await second.get('n1', 'where')).toBeNull();

  await first.service.execute('lab:open', { labId: first.view.labId });
  const again = await TestLab.follow(first.service, first.dataDirectory);
  await again.leaderOf();
  expect(await again.get('n1', 'where')).toBe('first');
  const list = await first.service.execute('lab:list', {});
  expect(list.map(({ name, isOpen }) => [name, isOpen])).toEqual([['Test lab', true], ['Second', false]]);

  await first.service.execute('lab:delete', { labId: first.view.labId });
  expect((await labErrorOf(first.service.execute('lab:attach', {}))).code).toBe('no-open-lab');
  expect(readdirSync(join(first.dataDirectory, 'labs'))).toEqual([created.labId]);
  const gone = await labErrorOf(first.service.execute('lab:open', { labId: first.view.labId }));
  expect(gone.code).toBe('unknown-lab');
  await first.service.execute('lab:open', { labId: created.labId });
});

test.each([
  ['damaged', 'corrupt-file', (text: string) => text.slice(0, text.length / 2)],
  ['of a wrong shape', 'corrupt-file', (text: string) => text.replace('"pace": "fast"', '"pace": "warp"')],
  ['newer', 'lab-newer', (text: string) => text.replace('"version": 4', '"version": 5')],
] as const)('a lab.json that is %s is told of, kept, and no lab is made in its place', async (_what, code, damage) => {
  const dataDirectory = temporaryFolder();
  const labId = await makeLab(dataDirectory, 1);
  const text = damage(readFileSync(fileOf(dataDirectory, labId), 'utf8'));
  writeFileSync(fileOf(dataDirectory, labId), text);

  const service = await openService(dataDirectory);
  expect((await labErrorOf(service.execute('lab:attach', {}))).code).toBe(code);
  expect((await labErrorOf(service.execute('lab:open', { labId }))).code).toBe(code);
  const [listed] = await service.execute('lab:list', {});
  expect(listed).toMatchObject({ labId, isOpen: false });
  expect(listed?.problem).toBeTruthy();
  expect(readFileSync(fileOf(dataDirectory, labId), 'utf8')).toBe(text);
  await service.execute('lab:delete', { labId });
  expect(existsSync(join(dataDirectory, 'labs', labId))).toBe(false);
});

test.each<[string, (file: LabFile) => object, RegExp]>([
  ['two nodes of one number', ({ nodes: [node] }) => ({ nodes: [node, node] }), /at nodes \(n1 is there twice\)/],
  ['a partition with a node on both sides', () => ({ partition: [['n1'], ['n1']] }),
    /at partition \(n1 is there twice/],
  ['a voter twice', () => ({ initialVoters: [1, 1] }), /at initialVoters \(voter 1 is there twice/],
  ['a node in its own place', ({ nodes: [node] }) => ({ nodes: [{ ...node, replaces: 1 }] }),
    /at nodes\.0\.replaces \(n1 is to take its own place/],
  ['a node that was removed', () => ({ former: [{ number: 1, incarnation: 1 }] }),
    /at nodes\.0\.incarnation \(n1 is there, and was removed/],
  ['a link twice', () => ({ links: [LINK, LINK] }), /at links \(the link from n1 to n2 is there twice/],
])('a lab.json with %s contradicts itself, and says where', async (_what, change, words) => {
  const dataDirectory = temporaryFolder();
  const path = fileOf(dataDirectory, await makeLab(dataDirectory, 1));
  const file = JSON.parse(readFileSync(path, 'utf8')) as LabFile;
  writeFileSync(path, JSON.stringify({ ...file, ...change(file) }));
  const error = await labErrorOf(labFileIn(dirname(path)).read().then(labOf));
  expect(error.code).toBe('corrupt-file');
  expect(error.message).toMatch(words);
});

test('a number that is used again, and names from before that cannot be shown, are read', async () => {
  const dataDirectory = temporaryFolder();
  const path = fileOf(dataDirectory, await makeLab(dataDirectory, 1));
  const { nodes: [node], ...file } = JSON.parse(readFileSync(path, 'utf8')) as LabFile;
  const machine = { id: randomUUID(), name: '\u001b[2J' };
  writeFileSync(path, JSON.stringify({
    ...file, name: '\u202E', former: [{ number: 1, incarnation: 1 }], nodes: [{ ...node, incarnation: 2, machine }],
  }));
  expect(labOf(await labFileIn(dirname(path)).read())).toMatchObject({
    name: 'lab', nodes: [{ incarnation: 2, machine: { name: '[2J' } }],
  });
});

test('a lab.json of version 1, without membership and leases, is opened as it is', async () => {
  const dataDirectory = temporaryFolder();
  const labId = await makeLab(dataDirectory, 1);
  const file = fileOf(dataDirectory, labId);
  const text = readFileSync(file, 'utf8').replace('"version": 4', '"version": 1')
    .replace(/,\s*"member": "voter",\s*"replaces": null/g, '')
    .replace(/\s*"leaseReads": false,/, '').replace(/\s*"former": \[\],/, '');
  expect(text).not.toMatch(/member|replaces|leaseReads|former/);
  writeFileSync(file, text);
  const lab = await TestLab.follow(await openService(dataDirectory), dataDirectory);
  await lab.leaderOf();
  expect(readFileSync(file, 'utf8')).toContain('"version": 4');
});

test('a lab that is open elsewhere is not opened twice', async () => {
  const dataDirectory = temporaryFolder();
  await makeLab(dataDirectory, 1);
  const first = await openService(dataDirectory);
  const second = await openService(dataDirectory);
  const error = await labErrorOf(second.execute('lab:attach', {}));
  expect(error.code).toBe('lab-in-use');
  expect(error.message).toContain('open in another Raftlab');
  await first.close();
  const [lab] = await second.execute('lab:list', {});
  await second.execute('lab:open', { labId: lab?.labId ?? '' });
});

test.each([
  ['the folder of the labs', 'labs', (path: string) => writeFileSync(path, 'a file, not a folder')],
  ['a lab that cannot be locked', 'labs/LAB/lab.lock', (path: string) => mkdirSync(path)],
  ['a lab that cannot be written', `labs/LAB/lab.json.${process.pid}.new`, (path: string) => mkdirSync(path)],
] as const)('a disk that refuses at the start: no lab is open, and the sentence names the folder (%s)',
  async (_what, place, spoil) => {
    const dataDirectory = temporaryFolder();
    const labId = place.includes('LAB') ? await makeLab(dataDirectory, 1) : '';
    const path = join(dataDirectory, place.replace('LAB', labId));
    spoil(path);
    const service = await openService(dataDirectory);
    const error = await labErrorOf(service.execute('lab:attach', {}));
    expect(error.code).toBe('disk-error');
    expect(error.message).toContain(join(dataDirectory, 'labs', labId));
    expect(error.message, 'and what to do').toContain('move it away');
    expect(await service.execute('lan:status', {})).toMatchObject({ mode: 'local' });
    // It is up: what is mended can be opened without a new start.
    rmSync(path, { recursive: true });
    await service.execute('lab:create', { name: 'After', nodeCount: 1, pace: 'fast' });
  });

test('a full disk is told as one, with the folder and what to do', () => {
  for (const code of ['ENOSPC', 'EDQUOT']) {
    const error = diskError(Object.assign(new Error('x'), { code }), 'the lab “A” cannot be opened', '/data/labs/a');
    expect(error).toMatchObject({ code: 'disk-full' });
    expect((error as Error).message).toMatch(/^the lab “A” cannot be opened: .*\/data\/labs\/a.*: (?:free|delete)/);
  }
  const bug = new TypeError('a bug');
  expect(diskError(bug, 'x', '/data')).toBe(bug);
});

test('a lab that cannot be had leaves the one that is open as it is', async () => {
  const lab = await startLab(1);
  await lab.leaderOf();
  const other = await makeLab(lab.dataDirectory, 1);
  writeFileSync(fileOf(lab.dataDirectory, other), 'damaged');
  let changes = 0;
  lab.service.onLabChanged(() => {
    changes += 1;
  });
  expect((await labErrorOf(lab.service.execute('lab:open', { labId: other }))).code).toBe('corrupt-file');
  expect((await labErrorOf(lab.service.execute('lab:open', { labId: 'no-such-lab' }))).code).toBe('unknown-lab');
  await lab.put('n1', 'still', 'here');
  expect(changes).toBe(0);
});

test('a name that lab.json would not be read with makes no lab, whoever asks', async () => {
  const dataDirectory = temporaryFolder();
  const service = await openService(dataDirectory);
  const before = readdirSync(join(dataDirectory, 'labs'));
  for (const name of ['x'.repeat(61), '', '   ']) {
    const error = await labErrorOf(service.execute('lab:create', { name, nodeCount: 1, pace: 'fast' }));
    expect(error.code).toBe('invalid-argument');
  }
  expect(readdirSync(join(dataDirectory, 'labs'))).toEqual(before);
});

test('a node whose file was deleted does not come back as itself', async () => {
  const lab = await startLab(3);
  await lab.leaderOf();
  await lab.act('node:crash', 'n2');
  rmSync(lab.node('n2').databasePath);
  const error = await labErrorOf(lab.act('node:restart', 'n2'));
  expect(error.code).toBe('corrupt-file');
  expect(error.message).toContain('wipe n2');
  expect(lab.node('n2').life).toBe('failed');
  expect((await labErrorOf(lab.get('n2', 'x'))).code).toBe('node-failed');
  await lab.act('node:wipe', 'n2');
  await lab.until('n2 to be a voter again', () => lab.node('n2').configuration?.voters.includes(1002));
});

test('a corrupt file is set aside, the node fails in words, and a wipe brings it back', async () => {
  const lab = await startLab(3);
  await lab.leaderOf();
  await lab.put('n1', 'kept', 'by the others');
  await lab.act('node:crash', 'n3');
  writeFileSync(lab.node('n3').databasePath, 'this is no database'.repeat(1000));
  const error = await labErrorOf(lab.act('node:restart', 'n3'));
  expect(error.message).toContain('set aside as raft.db.corrupt-1');
  expect(lab.node('n3').failure?.code).toBe('corrupt-file');
  await lab.act('node:wipe', 'n3');
  await lab.until('n3 to be a voter again', () => lab.node('n3').configuration?.voters.includes(1003));
  await lab.converged();
  expect(await lab.contents('n3')).toEqual({ kept: 'by the others' });
  expect(readdirSync(join(lab.node('n3').databasePath, '..'))).toContain('raft.db.corrupt-1');
});
