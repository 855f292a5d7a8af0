/** A live lab records itself: its past can be walked through, kept in a file, and opened again. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LabHistory } from '../../src/lab/recording/labHistory.ts';
import type { TraceEvent } from '../../src/trace/events.ts';
import type { TestLab } from './support.ts';
import { openService, startLab, temporaryFolder, workerUrls } from './support.ts';

const POLL = { timeout: 30_000 };

/** What `history:status` says of the open lab's own recording. */
async function statusOf(lab: TestLab) {
  const status = await lab.service.history.status('lab');
  if (status === null) throw new Error('the lab has no recording');
  return status;
}

/** Recordings of another machine, on which no lab is open. */
function openHistory(): LabHistory {
  const history = new LabHistory(workerUrls.recording, () => undefined);
  onTestFinished(() => history.close());
  return history;
}

describe('a live lab', () => {
  test('shows any moment of its past, and goes on over its openings', async () => {
    const folder = temporaryFolder();
    const lab = await startLab(3, folder);
    const { history } = lab.service;
    const leader = lab.node(await lab.leaderOf());
    await lab.put(leader.name, 'x', '1');
    // An answer overtakes what the node tells of it, and a crash would take that along.
    await expect.poll(async () => (await statusOf(lab)).operationCount, POLL).toBe(1);
    await lab.act('node:crash', leader.name);
    await lab.put(await lab.leaderOf(lab.names.filter((name) => name !== leader.name)), 'x', '2');

    const fault = await history.ask('history:jump', {
      of: 'lab', fromSeq: (await statusOf(lab)).toSeq, direction: 'previous', unit: 'fault',
    });
    expect(fault).toMatchObject({ type: 'nodeCrashed', node: leader.id });
    const crashSeq = fault?.seq ?? 0;
    const before = await history.ask('history:moment', { of: 'lab', seq: crashSeq - 1 });
    expect(before.view.nodes[leader.name]).toMatchObject({ life: 'running', role: 'leader' });
    const after = await history.ask('history:moment', { of: 'lab', seq: crashSeq });
    expect(after.view.nodes[leader.name]?.life).toBe('crashed');
    expect(after.recentEvents.at(-1)).toEqual(fault);
    const byTime = await history.ask('history:moment', { of: 'lab', atMs: fault?.atMs ?? 0 });
    expect(byTime.view.seq).toBeGreaterThanOrEqual(crashSeq);

    const told = async () => history.ask('history:operations', { of: 'lab', count: 10 });
    await expect.poll(async () => (await told()).map(({ command, outcome }) => [command.op, outcome]), POLL)
      .toEqual([['put', 'ok'], ['put', 'ok']]);
    expect(await history.ask('history:verdict', { of: 'lab' })).toMatchObject({ verdict: 'proved', operationCount: 2 });
    await history.ask('history:addNote', { of: 'lab', seq: crashSeq, text: 'here it crashed' });
    const { toSeq } = await statusOf(lab);
    await lab.service.close();

    const again = await openService(folder);
    const status = await again.history.status('lab');
    expect(status?.offset).toBeGreaterThanOrEqual(toSeq);
    expect((await again.history.ask('history:moment', { of: 'lab', seq: crashSeq })).view).toEqual(after.view);
    expect(await again.history.ask('history:notes', { of: 'lab' }))
      .toMatchObject([{ text: 'here it crashed', seq: crashSeq }]);
  });
});

describe('a file', () => {
  test('holds the same in another program, tears off harmlessly, and tells no names unless asked', async () => {
    const lab = await startLab(3);
    const { history } = lab.service;
    const leader = await lab.leaderOf();
    await lab.put(leader, 'x', '1');
    await expect.poll(async () => (await statusOf(lab)).operationCount, POLL).toBe(1);
    const { toSeq } = await statusOf(lab);
    await history.ask('history:addNote', { of: 'lab', seq: toSeq, text: 'a note' });
    const folder = temporaryFolder();
    const path = join(folder, 'a.raftlab');
    await history.save(path, { of: 'lab', toSeq, withNames: false });
    const moment = await history.ask('history:moment', { of: 'lab', seq: toSeq });
    const text = gunzipSync(readFileSync(path)).toString('utf8');
    expect(text).not.toContain(folder.slice(0, 5));
    expect(text).not.toContain('raft.db');

    const elsewhere = openHistory();
    const opened = await elsewhere.openFile(path, 'a.raftlab');
    expect(opened).toMatchObject({ name: 'a.raftlab', labName: 'Test lab', toSeq, operationCount: 1, problem: null });
    const shown = await elsewhere.ask('history:moment', { of: 'file', seq: toSeq });
    expect(shown.view.nodes[leader]?.tail).toEqual(moment.view.nodes[leader]?.tail);
    expect(await elsewhere.ask('history:notes', { of: 'file' })).toMatchObject([{ text: 'a note' }]);
    expect(await elsewhere.ask('history:verdict', { of: 'file' })).toMatchObject({ verdict: 'proved' });

    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, whole.length - 200));
    expect((await elsewhere.openFile(path, 'a.raftlab')).problem).toMatch(/torn off/);
  });

  test.for([
    ['is no gzip', Buffer.from('PK not a recording'), /not a recording/],
    ['says something else', gzipSync('{"hello": "world"}\n'), /not a recording/],
    ['is newer', gzipSync('{"raftlab":"recording","version":99,"labName":"x","createdAt":""}\n'), /newer Raftlab/],
    ['is empty', Buffer.alloc(0), /not a recording/],
    ['is endless', gzipSync(Buffer.alloc(1024 * 1024 * 20, 'x')), /larger than Raftlab opens/],
  ] as const)('that %s is refused in words, and the one that is open stays', async ([, bytes, words]) => {
    const history = openHistory();
    const good = join(temporaryFolder(), 'good.raftlab');
    writeFileSync(good, recordingOf([]));
    await history.openFile(good, 'good.raftlab');
    const bad = join(temporaryFolder(), 'bad.raftlab');
    writeFileSync(bad, bytes);
    await expect(history.openFile(bad, 'bad.raftlab')).rejects.toThrow(words);
    expect((await history.status('file'))?.name).toBe('good.raftlab');
  });

  test('with a damaged line shows what comes before it', async () => {
    const history = openHistory();
    const path = join(temporaryFolder(), 'damaged.raftlab');
    const opened: TraceEvent = {
      type: 'labOpened', labId: 'l', name: 'Test', pace: 'fast', nodes: ['n1'], seq: 5, atMs: 1000, node: 0,
    };
    writeFileSync(path, recordingOf([{ e: opened }, { e: { ...opened, type: 'nothingKnown' } }, { e: opened }]));
    const status = await history.openFile(path, 'damaged.raftlab');
    expect(status).toMatchObject({ eventCount: 1, fromSeq: 5, toSeq: 5 });
    expect(status.problem).toMatch(/line 3 is damaged/);
    // Before the first event, in a gap and after the last there is the nearest moment.
    expect((await history.ask('history:moment', { of: 'file', seq: 1 })).view.seq).toBe(0);
    expect((await history.ask('history:moment', { of: 'file', seq: 900 })).view.seq).toBe(5);
    expect((await history.ask('history:moment', { of: 'file', atMs: 0 })).view.seq).toBe(5);
  });
});

function recordingOf(lines: readonly unknown[]): Buffer {
  const header = { raftlab: 'recording', version: 1, labName: 'Test', createdAt: '2026-01-01T00:00:00Z' };
  return gzipSync([header, ...lines].map((line) => `${JSON.stringify(line)}\n`).join(''));
}

test('a lab that is deleted takes its recording with it', async () => {
  const folder = temporaryFolder();
  const lab = await startLab(1, folder);
  await lab.leaderOf();
  const { labId } = lab.view;
  await lab.service.history.status('lab');
  const file = join(folder, 'labs', labId, 'recording.db');
  expect(existsSync(file)).toBe(true);
  await lab.service.execute('lab:delete', { labId });
  expect(existsSync(file)).toBe(false);
});
