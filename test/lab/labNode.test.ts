/** One node of a lab over its lives, in a place that the test speaks for: what fails leaves it as it was. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LabError } from '../../src/contract/errors.ts';
import { LabLeadership } from '../../src/lab/membership/labLeadership.ts';
import { LabNodes } from '../../src/lab/nodes/labNodes.ts';
import type { NodeLinkListener } from '../../src/lab/nodes/nodeLink.ts';
import { eraseDatabase } from '../../src/lab/nodes/nodePlace.ts';
import { NodeRequests } from '../../src/lab/nodes/nodeRequests.ts';
import { NO_FAULTS } from '../../src/trace/events.ts';
import { RAFTLAB_VARIANT } from '../../src/trace/variant.ts';
import { started, Trace } from '../trace/events.ts';
import { nodeIn } from './nodeInPlace.ts';
import { temporaryFolder } from './support.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

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
  expect(await errorOf(node.restart())).toContain('node-stopped: node n2 does not start');
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
  await node.crash();
  await node.restart();
  // What ran once has a file that must not be made anew.
  expect(plans.at(-1)).toMatchObject({ id: 1002, mayCreateDatabase: false });
  expect(plans).toHaveLength(4);
});

test.each([1, 2])('a wipe whose incarnation cannot be saved erases nothing, and the node is what it was (save %i)',
  async (failing) => {
    let saves = 0;
    let erased = 0;
    const { node, told, plans } = nodeIn({
      erase: () => {
        erased += 1;
        return Promise.resolve();
      },
    }, undefined, () => {
      saves += 1;
      return saves === failing
        ? Promise.reject(new LabError('disk-full', 'lab.json cannot be saved: no room')) : Promise.resolve();
    });
    await node.restart();
    await node.pause();
    told.length = 0;
    expect(await errorOf(node.wipe(() => told.push('erased'))))
      .toBe('disk-full: n2 was not wiped: lab.json cannot be saved: no room');
    expect(erased).toBe(0);
    expect(node.kept).toMatchObject({ incarnation: 1, hasRun: true, state: 'paused' });
    expect(plans.at(-1)).toMatchObject({ id: 2, mayCreateDatabase: false });
    expect(told, 'a node that need not be ended is not').toEqual(failing === 1 ? [] : ['paused', 'nodePaused']);
    expect(await errorOf(node.wipe(() => told.push('erased')))).toBe('done');
    expect(node.id).toBe(1002);
  });

test('a node of a lab that was closed is not wiped: its files may be another Raftlab\'s', async () => {
  let erased = 0;
  const { node } = nodeIn({
    erase: () => {
      erased += 1;
      return Promise.resolve();
    },
  });
  await node.close();
  expect(await errorOf(node.wipe(() => undefined))).toContain('node-stopped');
  expect(erased).toBe(0);
  expect(node.kept.incarnation).toBe(1);
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

test('a file that it could not start on does not count until it starts, whatever a look finds', async () => {
  const { node, link } = nodeIn({ dataOf: () => Promise.resolve('held') });
  for (const code of ['corrupt-file', 'refused', 'lab-newer'] as const) {
    await node.restart();
    link().onMessage({ type: 'failed', error: { code, message: 'it cannot start on its file' } });
    expect([code, await node.lookForData(), node.data]).toEqual([code, 'lost', 'lost']);
  }
  await node.wipe(() => undefined);
  link().onMessage({ type: 'failed', error: { code: 'internal', message: 'an error in Raftlab' } });
  expect(await node.lookForData()).toBe('unknown');
  for (const code of ['disk-full', 'disk-error', 'lab-in-use'] as const) {
    await node.restart();
    link().onMessage({ type: 'failed', error: { code, message: 'the disk' } });
    expect([code, await node.lookForData()]).toEqual([code, 'held']);
  }
});

test('a database of which a part cannot be deleted is left whole', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'raft.db'), 'data');
  mkdirSync(join(folder, 'raft.db-shm', 'somebody\'s'), { recursive: true });
  expect(await errorOf(eraseDatabase(folder)))
    .toBe(`disk-error: ${folder} is not a folder, or holds a folder with the name of a file: move it away`);
  expect(readFileSync(join(folder, 'raft.db'), 'utf8')).toBe('data');
  rmSync(join(folder, 'raft.db-shm'), { recursive: true });
  await eraseDatabase(folder);
  expect(readdirSync(folder)).toEqual([]);
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

test('a lab that is opened finds each node as it was left', async () => {
  const crashed = nodeIn();
  crashed.node.resumeKept('crashed');
  expect(crashed.told).toEqual(['nodeCrashed']);
  expect(crashed.plans).toEqual([]);
  const runsOn = nodeIn({ runs: () => true });
  runsOn.node.resumeKept('crashed');
  expect(runsOn.plans).toHaveLength(1);
  const paused = nodeIn();
  paused.node.resumeKept('paused');
  await vi.advanceTimersByTimeAsync(1);
  expect(paused.told).toEqual(['paused', 'nodePaused']);
  // A machine that is connected again says once more that the node has started.
  paused.link().onMessage({ type: 'started', port: 7001 });
  expect(paused.node.kept).toMatchObject({ state: 'paused', port: 7000 });
});

test('a node whose machine goes has not failed, and is started when the machine is back', async () => {
  const { node, told, plans, set } = nodeIn();
  await node.restart();
  node.wentAway();
  set({ isThere: false });
  expect(told).toEqual(['nodeAway']);
  node.wentAway();
  set({ isThere: true });
  node.arrived();
  await vi.advanceTimersByTimeAsync(1);
  expect(plans).toHaveLength(2);
  expect(told).toEqual(['nodeAway']);
  expect(await node.running()).toBe(node.threadIfAny);
});

test('who asked a node that falls silent hears whether it may still have taken effect', async () => {
  const { node } = nodeIn();
  await node.restart();
  const nodes = new LabNodes(() => NO_FAULTS);
  nodes.byName.set('n2', node);
  const requests = new NodeRequests(nodes, () => 'fast');
  expect(await errorOf(requests.kv({ node: 'n2', command: { op: 'put', key: 'k', value: 'v' } })))
    .toBe('unknown-outcome: unknown outcome: n2 went silent before it answered. It may still take effect.');
  expect(await errorOf(requests.kv({ node: 'n2', command: { op: 'get', key: 'k' } })))
    .toBe('node-crashed: n2 went silent before it answered. A read changes nothing: ask another node.');
});

test('a transfer is asked of the next leader when the one that was asked is lost', async () => {
  const { node } = nodeIn();
  await node.restart();
  const nodes = new LabNodes(() => NO_FAULTS);
  nodes.byName.set('n2', node);
  const trace = new Trace();
  const lead = (id: number, term: number): void => {
    trace.add(id, started(id));
    trace.add(id, { type: 'termChanged', term, previousTerm: term - 1 });
    trace.add(id, {
      type: 'roleChanged', role: 'leader', previousRole: 'candidate', term, leader: id, votes: [], voterCount: 3,
      reason: '',
    });
  };
  const asked: string[] = [];
  let onAsked = (): void => undefined;
  const leadership = new LabLeadership(false, {
    view: trace.view, nodes, variant: () => RAFTLAB_VARIANT, onLeasesEnded: () => undefined, record: () => undefined,
    save: () => Promise.resolve(),
    until: (isSo) => Promise.resolve(isSo()),
    leader: () => Promise.resolve(Object.values(trace.view.nodes)
      .filter(({ role, life }) => role === 'leader' && life === 'running')
      .sort((a, b) => b.term - a.term)[0] ?? expect.unreachable('somebody leads')),
    requests: {
      change: () => Promise.resolve(),
      confirmQuorum: () => Promise.resolve(),
      transfer: (name) => {
        asked.push(name);
        onAsked();
        return Promise.reject(new LabError('node-paused', `${name} was paused`));
      },
    },
  });
  lead(1, 2);
  expect(await errorOf(leadership.transfer('n2'))).toBe('node-paused: n1 was paused');
  expect(asked).toEqual(['n1']);
  onAsked = () => lead(asked.length === 2 ? 3 : 2, asked.length + 2);
  expect(await leadership.transfer('n2')).toMatchObject({ leader: 'n2' });
  expect(asked).toEqual(['n1', 'n1', 'n3']);
});
