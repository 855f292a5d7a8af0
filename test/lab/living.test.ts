/** A lab while it runs: pauses, pace, its trace, and threads that die without a word. */
import { expect, test } from 'vitest';
import { EVENTS_KEPT_MAX, LabTrace } from '../../src/trace/labTrace.ts';
import { createLabService } from '../../src/lan/labService.ts';
import type { TraceEvent } from '../../src/trace/events.ts';
import { labErrorOf, makeLab, startLab, temporaryFolder, workerUrls } from './support.ts';

test('a paused leader is replaced; resumed, it finds itself a follower and gets what it missed', async () => {
  const lab = await startLab(3);
  const leader = await lab.leaderOf();
  const others = lab.names.filter((name) => name !== leader);
  await lab.act('node:pause', leader);
  expect(lab.node(leader).life).toBe('paused');
  const next = await lab.leaderOf(others);
  await lab.put(next, 'meanwhile', 'written');
  await lab.act('node:resume', leader);
  await lab.converged();
  expect(lab.node(leader)).toMatchObject({ life: 'running', boot: 1 });
  expect(await lab.contents(leader)).toEqual({ meanwhile: 'written' });
});

test('a paused node can be crashed and restarted', async () => {
  const lab = await startLab(3);
  await lab.leaderOf();
  await lab.act('node:pause', 'n2');
  await lab.act('node:crash', 'n2');
  await lab.act('node:restart', 'n2');
  await lab.converged();
  expect(lab.node('n2').boot).toBe(2);
});

test('the pace changes while the cluster runs, for nodes that start later too', async () => {
  const lab = await startLab(3);
  await lab.leaderOf();
  await lab.service.execute('lab:setPace', { pace: 'slow' });
  expect(lab.view.pace).toBe('slow');
  await lab.act('node:crash', 'n3');
  await lab.act('node:restart', 'n3');
  const started = await lab.until('the election timer of the restarted node', () => {
    const start = lab.events.findLast((event) => event.type === 'nodeStarted' && event.boot === 2);
    return start !== undefined && lab.events.find((event): event is TraceEvent & { type: 'electionTimerStarted' } =>
      event.type === 'electionTimerStarted' && event.node === 3 && event.seq > start.seq);
  });
  expect(started.timeoutMs).toBeGreaterThanOrEqual(5000);
  expect(started.timeoutMs).toBeLessThanOrEqual(10_000);
  await lab.service.execute('lab:setPace', { pace: 'fast' });
  await lab.converged();
});

test('events are numbered without gaps on a calm cluster, and can be asked for again by the page', async () => {
  const lab = await startLab(3);
  await lab.leaderOf();
  await lab.put('n1', 'a', 'b');
  const numbers = lab.events.map(({ seq }) => seq);
  const first = numbers[0] ?? 0;
  expect(numbers).toEqual(numbers.map((_, position) => first + position));
  expect(lab.view.droppedEvents).toBe(0);
  const last = numbers.at(-1) ?? 0;
  const page = await lab.service.execute('events:page', { beforeSeq: last, count: 10 });
  expect(page).toEqual(lab.events.filter(({ seq }) => seq >= last - 10 && seq < last));
  expect(await lab.service.execute('events:page', { beforeSeq: 1, count: 10 })).toEqual([]);
});

test('a trace keeps the latest events only, and what a node left out is a gap that the view counts', () => {
  const trace = new LabTrace(() => 0, () => undefined);
  for (let batch = 1; batch <= 30; batch += 1) {
    trace.recordBatch(1, Array.from({ length: 1000 }, (_, position) => (
      { type: 'applied', index: batch * 1000 + position, term: 1, text: '', atMs: batch } as const
    )), batch === 30 ? 7 : 0);
  }
  const kept = trace.recent(100_000);
  expect(kept.length).toBeGreaterThanOrEqual(EVENTS_KEPT_MAX);
  expect(kept.length).toBeLessThan(30_000);
  expect(kept.at(-1)?.seq).toBe(30_007);
  expect(trace.view.droppedEvents).toBe(7);
});

test('a lab survives threads that die without a word: its nodes have failed, and say so', async () => {
  const dataDirectory = temporaryFolder();
  await makeLab(dataDirectory, 3);
  const service = await createLabService({
    dataDirectory,
    workerUrls: { ...workerUrls, node: new URL('../node/dyingThread.ts', import.meta.url) },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  try {
    const error = await labErrorOf(service.execute('kv:execute', { node: 'n1', command: { op: 'get', key: 'a' } }));
    expect(error.code).toBe('node-failed');
    const restarted = await labErrorOf(service.execute('node:restart', { node: 'n1' }));
    expect(restarted.message).toContain('the thread of n1 ended unexpectedly (something that nobody expected)');
    const { view } = await service.execute('lab:attach', {});
    expect(view.nodes['n1']?.life).toBe('failed');
  } finally {
    await service.close();
  }
});
