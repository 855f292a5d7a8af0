/** One node of a lab over its lives, in a place that the test speaks for: what fails leaves it as it was. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LabError } from '../../src/contract/errors.ts';
import { newLabFileNode } from '../../src/lab/labFile.ts';
import { LabNode } from '../../src/lab/labNode.ts';
import type { NodeLinkListener, NodePlan } from '../../src/lab/nodeLink.ts';
import type { NodePlace } from '../../src/lab/nodePlace.ts';
import type { LabToNode } from '../../src/node/protocol.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A node, and what happens in its place. Its threads start at once, and end when they are told to. */
function nodeIn(changes: Partial<NodePlace> = {}) {
  const told: string[] = [];
  const plans: NodePlan[] = [];
  const posted: LabToNode[] = [];
  let listener: NodeLinkListener | undefined;
  let starts = true;
  let lets = true;
  let isThere = true;
  const act = (then: () => void): Promise<void> => {
    if (!lets) return Promise.reject(new Error('not permitted'));
    then();
    return Promise.resolve();
  };
  const place: NodePlace = {
    address: '127.0.0.1',
    launch: (plan) => (link) => {
      plans.push(plan);
      listener = link;
      if (starts) queueMicrotask(() => link.onMessage({ type: 'started', port: 7000 }));
      return {
        post: (message) => posted.push(message),
        pause: () => act(() => told.push('paused')),
        resume: () => act(() => told.push('resumed')),
        terminate: () => act(() => link.onExit('ended')),
      };
    },
    runs: () => false,
    dataOf: () => Promise.resolve('held'),
    prepare: () => Promise.resolve(),
    erase: () => Promise.resolve(),
    remove: () => Promise.resolve(),
    ...changes,
  };
  const node = new LabNode({ ...newLabFileNode(2, 1, 'voter'), hasRun: true }, {
    labId: 'lab', folder: '/lab', place: () => (isThere ? place : undefined), datagramSecret: () => undefined,
    pace: () => 'fast', leaseReads: () => false, initialVoters: () => [1, 2, 3], compaction: undefined,
    faultsFrom: () => ({}), peers: () => [], onEvents: () => undefined, onChanged: () => Promise.resolve(),
    emit: (_id, { type }) => told.push(type),
  });
  return {
    node, told, plans, posted,
    link: () => listener ?? expect.unreachable('it was launched'),
    set: (now: { starts?: boolean; lets?: boolean; isThere?: boolean }) => {
      starts = now.starts ?? starts;
      lets = now.lets ?? lets;
      isThere = now.isThere ?? isThere;
    },
  };
}

async function errorOf(promise: Promise<unknown>): Promise<string> {
  const end = promise.then(() => 'done', (error: unknown) => (
    error instanceof LabError ? `${error.code}: ${error.message}` : expect.unreachable(String(error))));
  await vi.advanceTimersByTimeAsync(200_000);
  return end;
}

test('what its machine does not allow is refused, and the node goes on as it was', async () => {
  const { node, told, set } = nodeIn();
  await node.restart();
  set({ lets: false });
  for (const act of [node.crash(), node.pause(), node.wipe(() => told.push('erased'))]) {
    expect(await errorOf(act)).toMatch(/^refused: n2 could not be (?:ended|paused): not permitted/);
    expect(node.kept).toMatchObject({ state: 'running', incarnation: 1, hasRun: true });
  }
  expect(told).toEqual([]);
  set({ lets: true });
  await node.pause();
  set({ lets: false });
  expect(await errorOf(node.resume())).toContain('refused');
  expect(node.kept.state).toBe('paused');
  set({ lets: true });
  await node.resume();
  await node.crash();
  expect(node.kept.state).toBe('crashed');
  expect(told).toEqual(['paused', 'nodePaused', 'resumed', 'nodeResumed', 'nodeCrashed']);
});

test('a node that never says that it has started can be crashed, and its lab closed', async () => {
  const { node, told, posted, set } = nodeIn();
  set({ starts: false });
  const restarted = errorOf(node.restart());
  const crashed = errorOf(node.crash());
  expect(await restarted).toContain('node-starting: n2 has not started within 60 s');
  expect(await crashed).toBe('done');
  expect(told).toEqual(['nodeCrashed']);
  const again = errorOf(node.restart());
  await vi.advanceTimersByTimeAsync(1);
  expect(await errorOf(node.close())).toBe('done');
  expect(await again).toMatch(/node-(?:failed|starting)/);
  expect(posted).toEqual([{ type: 'stop' }]);
  expect(await errorOf(node.restart())).toContain('node-stopped: node n2 is not to be started any more');
});

test('a node whose machine goes while it is being ended is away, not crashed', async () => {
  const { node, set } = nodeIn();
  await node.restart();
  set({ lets: false });
  const crashed = node.crash();
  node.wentAway();
  set({ isThere: false });
  expect(await errorOf(crashed)).toMatch(/refused|is not connected/);
  expect(node.data).toBe('unknown');
  expect(await node.lookForData()).toBe('unknown');
  expect(await errorOf(node.crash())).toContain('node-stopped: node n2 is on a machine, which is not connected');
  expect(node.kept.state).toBe('running');
});

test('a wipe brings it back under its next id; one whose file cannot be deleted leaves it what it was', async () => {
  let problem: Error | undefined = new Error('EBUSY');
  const { node, told, plans } = nodeIn({
    erase: () => (problem === undefined ? Promise.resolve() : Promise.reject(problem)),
  });
  await node.restart();
  expect(await errorOf(node.wipe(() => told.push('erased')))).toContain('the files of n2 could not be touched (EBUSY)');
  expect(node.kept).toMatchObject({ incarnation: 1, hasRun: true, state: 'running' });
  expect(plans.at(-1)).toMatchObject({ id: 2, mayCreateDatabase: false });
  problem = undefined;
  const { nextId } = node;
  await node.wipe(() => told.push('erased'));
  expect(node.id).toBe(nextId);
  expect(plans.at(-1)).toMatchObject({ id: 1002, mayCreateDatabase: true });
  expect(told).toEqual(['erased', 'nodeWiped']);
  expect(plans).toHaveLength(3);
});

test('a file that is gone or damaged is known, until the node runs or is wiped', async () => {
  let data: 'held' | 'lost' | 'unknown' = 'held';
  const { node, link } = nodeIn({ dataOf: () => Promise.resolve(data) });
  await node.restart();
  expect(await node.lookForData()).toBe('held');
  data = 'lost';
  expect(await node.lookForData()).toBe('lost');
  expect(node.data).toBe('lost');
  data = 'unknown';
  expect(await node.lookForData()).toBe('unknown');
  await node.wipe(() => undefined);
  expect(node.data).toBe('held');
  link().onMessage({ type: 'failed', error: { code: 'corrupt-file', message: 'raft.db of n2 is corrupt' } });
  link().onExit('ended');
  expect(node.data).toBe('lost');
  await node.restart();
  expect(node.data).toBe('held');
  link().onMessage({ type: 'failed', error: { code: 'disk-full', message: 'no room' } });
  expect(node.data).toBe('held');
});

test('a node ends late where it did not end in time', async () => {
  const { node, told, link } = nodeIn({
    launch: () => (listener) => {
      lateLink = listener;
      queueMicrotask(() => listener.onMessage({ type: 'started', port: 7000 }));
      const agree = (): Promise<void> => Promise.resolve();
      return { post: () => undefined, pause: agree, resume: agree, terminate: agree };
    },
  });
  let lateLink: NodeLinkListener | undefined;
  await node.restart();
  expect(await errorOf(node.crash())).toBe('busy: n2 has not ended within 10 s: it is still being ended');
  expect(node.kept.state).toBe('running');
  lateLink?.onExit('ended');
  await vi.advanceTimersByTimeAsync(1);
  expect(node.kept.state).toBe('crashed');
  expect(told).toEqual(['nodeCrashed']);
  expect(link).toThrow();
});
