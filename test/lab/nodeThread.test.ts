/** What the lab asks of a node has an end, whatever becomes of the node: on a link that the test speaks for. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LabError } from '../../src/contract/errors.ts';
import { NodeThread } from '../../src/lab/nodes/nodeThread.ts';
import type { NodeLink, NodeLinkListener } from '../../src/lab/nodes/nodeLink.ts';
import type { LabToNode } from '../../src/node/protocol.ts';

const MINUTE_MS = 60_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function threadOn(link: Partial<NodeLink> = {}) {
  const posted: LabToNode[] = [];
  const told: string[] = [];
  let listener: NodeLinkListener | undefined;
  const agree = (): Promise<void> => Promise.resolve();
  const thread = new NodeThread('n1', (node) => {
    listener = node;
    return { post: (message) => posted.push(message), pause: agree, resume: agree, terminate: agree, ...link };
  }, {
    onEvents: () => undefined,
    onOperations: () => undefined,
    onStarted: (port) => told.push(`started ${port}`),
    onMoved: (port) => told.push(`moved ${port}`),
    onFailed: ({ message }) => told.push(`failed: ${message}`),
    onDied: (message) => told.push(`died: ${message}`),
  });
  return { thread, posted, told, node: listener ?? expect.unreachable('the link is launched at once') };
}

/** How a promise ends within two minutes: `code: message`, or the answer. */
async function endOf(promise: Promise<unknown>): Promise<unknown> {
  const end = promise.catch((error: unknown) => (
    error instanceof LabError ? `${error.code}: ${error.message}` : expect.unreachable(String(error))));
  await vi.advanceTimersByTimeAsync(2 * MINUTE_MS);
  return end;
}

const REQUESTS: readonly [string, (thread: NodeThread) => Promise<unknown>][] = [
  ['kvPage', (thread) => thread.kvPage('', 10)],
  ['sessions', (thread) => thread.sessions(10)],
  ['transferLeadership', (thread) => thread.transferLeadership(2)],
  ['forgetLeader', (thread) => thread.forgetLeader()],
  ['changeConfiguration', (thread) => thread.changeConfiguration({ transition: 'auto', changes: [] })],
  ['confirmQuorum', (thread) => thread.confirmQuorum([1])],
  ['compact', (thread) => thread.compact()],
];
const LOST = { code: 'unknown-outcome', message: 'n1 went silent' } as const;
const put = (thread: NodeThread) => thread.kv(
  { client: 'n1', command: { op: 'put', key: 'k', value: 'v' }, timeoutMs: 2000 }, LOST,
);

describe.each(REQUESTS)('%s', (type, ask) => {
  test('of a node that says nothing ends', async () => {
    const { thread, posted } = threadOn();
    expect(await endOf(ask(thread))).toMatch(/^busy: node n1 has not answered within \d+ s: it may still carry out the request/);
    expect(posted.map((message) => message.type)).toEqual([type]);
  });

  test('of a node that is paused ends then, and of one that ends', async () => {
    const { thread, node } = threadOn();
    const paused = ask(thread);
    paused.catch(() => undefined);
    await thread.pause();
    expect(await endOf(paused)).toContain('node-paused: node n1 was paused before it answered');
    const ended = ask(thread);
    ended.catch(() => undefined);
    node.onExit('killed');
    await expect(ended).rejects.toMatchObject({ code: 'node-crashed' });
  });
});

test('a client\'s command has its own time, also while the node is paused', async () => {
  const { thread, posted, node } = threadOn();
  const answered = put(thread);
  await thread.pause();
  const [request] = posted;
  node.onMessage({
    type: 'requestFailed', requestId: request?.type === 'kv' ? request.requestId : 0,
    error: { code: 'no-leader', message: 'nobody leads' },
  });
  await expect(answered).rejects.toMatchObject({ code: 'no-leader' });
  node.onMessage({ type: 'started', port: 7 });
  expect(vi.getTimerCount()).toBe(0);
  expect(await endOf(put(thread))).toBe('unknown-outcome: n1 went silent');
});

test('a start that takes too long is told as one that goes on', async () => {
  const { thread, told, node } = threadOn();
  expect(await endOf(thread.started)).toContain('node-starting: n1 has not started within 60 s: wait, or crash it');
  node.onMessage({ type: 'started', port: 7 });
  expect(told).toEqual(['started 7']);
});

test('a start that was ended, or failed, is told as that', async () => {
  const failing = threadOn();
  failing.node.onMessage({ type: 'failed', error: { code: 'disk-full', message: 'no room' } });
  failing.node.onExit('ended');
  expect(await endOf(failing.thread.started)).toBe('disk-full: no room');
  expect(failing.told).toEqual(['failed: no room']);
  const dying = threadOn();
  dying.node.onExit('out of memory');
  expect(await endOf(dying.thread.started)).toContain('node-failed: the thread of n1 ended unexpectedly');
  expect(dying.told).toHaveLength(1);
});

test('a machine that does not let the host act is named, and the node is what it was', async () => {
  const refuse = (): Promise<void> => Promise.reject(new Error('this machine does not let the host act on its nodes'));
  const { thread, node, told } = threadOn({ pause: refuse, resume: refuse, terminate: refuse });
  expect(await endOf(thread.pause())).toBe(
    'refused: n1 could not be paused: this machine does not let the host act on its nodes',
  );
  expect(await endOf(thread.resume())).toContain('refused: n1 could not be resumed');
  expect(await endOf(thread.terminate())).toContain('refused: n1 could not be ended');
  // It still runs, so that its end is news.
  node.onExit('killed');
  expect(told).toEqual(['died: the thread of n1 ended unexpectedly (killed): restart n1']);
});

test('who is told to end and does not is given up', async () => {
  const { thread, posted, told } = threadOn();
  expect(await endOf(thread.terminate())).toBe('busy: n1 has not ended within 10 s: it is still being ended');
  const asked = thread.kvPage('', 1);
  asked.catch(() => undefined);
  expect(await endOf(thread.stop(3000))).toBeUndefined();
  expect(posted.map(({ type }) => type)).toEqual(['kvPage', 'stop']);
  await expect(asked).rejects.toMatchObject({ code: 'node-crashed' });
  expect(told).toEqual([]);
});
