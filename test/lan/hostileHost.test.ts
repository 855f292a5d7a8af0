/** A host that says what it should not: a machine that joined draws nothing of it, does nothing of it, and lives on. */
import { expect, test } from 'vitest';
import { LabError } from '../../src/contract/errors.ts';
import type { NodePlan } from '../../src/lab/nodes/nodeLink.ts';
import { NO_FAULTS } from '../../src/trace/events.ts';
import type { LabEvent, TraceEvent } from '../../src/trace/events.ts';
import { applyEvent, emptyView } from '../../src/trace/fold.ts';
import { nextSession } from '../../src/lan/identity/session.ts';
import type { Session } from '../../src/lan/identity/session.ts';
import { joinLab } from './support.ts';
import { framed, openRawHost, welcomeAt } from './rawPeer.ts';
import type { RawPeer, Said } from './rawPeer.ts';

/** Proven on another connection. */
const WELCOME = {
  type: 'welcome', labId: 'lab-a', labName: 'Room 12', hostName: 'teacher', clockMs: Date.now(),
  proof: { publicKey: 'A'.repeat(43), signature: 'A'.repeat(86) },
};
const OPENED: TraceEvent & LabEvent = {
  type: 'labOpened', labId: 'lab-a', name: 'Room 12', pace: 'fast', nodes: ['n1', 'n2'], seq: 1, atMs: 1, node: 0,
};
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const MACHINES = { type: 'machines', machines: [] };

function attached() {
  const view = emptyView();
  applyEvent(view, OPENED);
  return { type: 'attached', answer: { view, recentEvents: [OPENED] } };
}

const batch = (...events: readonly unknown[]) => ({
  type: 'events', batch: { batch: 1, firstSeq: 2, dropped: 0, events },
});
const event = (fields: object) => batch({ seq: 2, atMs: 2, node: 1, ...fields });

/** Welcomes a machine, up to the picture of the lab. @returns its hello */
async function letIn(peer: RawPeer): Promise<Said> {
  const hello = await peer.next('hello');
  peer.say(welcomeAt(peer.socket));
  const { session } = await peer.next('resume') as unknown as { session: Session | null };
  peer.say({ type: 'session', session: nextSession(session ?? undefined) });
  await peer.next('sessionKept');
  return hello;
}

/** A lab that a machine has joined, and the host's end of the connection. */
async function joined(changes: Parameters<typeof joinLab>[2] = {}) {
  const host = await openRawHost();
  const first = host.nextPeer();
  const joining = joinLab(host.port, host.key, changes);
  const peer = await first;
  await letIn(peer);
  peer.say(attached(), MACHINES);
  return { host, peer, ...await joining };
}

function attachedWith(change: (answer: ReturnType<typeof attached>['answer']) => unknown) {
  const message = attached();
  return { ...message, answer: change(message.answer) };
}

const viewWith = (fields: object) => attachedWith(({ view, ...answer }) => ({
  ...answer, view: { ...view, ...fields },
}));
const nodeWith = (fields: object) => attachedWith(({ view, ...answer }) => ({
  ...answer, view: { ...view, nodes: { ...view.nodes, n1: { ...view.nodes['n1'], ...fields } } },
}));
const order = (message: unknown) => ({ type: 'node', id: 1, message });
const hardState = { currentTerm: 1, votedFor: 1, commitIndex: 0 };
const started = {
  type: 'nodeStarted', name: 'n1', incarnation: 1, address: '127.0.0.1', port: 4000, threadId: 1, databasePath: '/d',
  boot: 1, hardState, firstIndex: 1, lastIndex: 0, tail: [], openMs: 1,
};
const { hardState: _none, ...startedWithoutHardState } = started;

const HOSTILE: Readonly<Record<string, unknown>> = {
  'no object': null,
  'a message without a type': {},
  'an unknown message': { type: 'format' },
  'an event that is null': batch(null),
  'events that are no list': { type: 'events', batch: { batch: 1, firstSeq: 2, dropped: 0, events: { length: 1 } } },
  'a batch without a number': { type: 'events', batch: { firstSeq: 2, dropped: 0, events: [] } },
  'more left out than can be counted': {
    type: 'events', batch: { batch: 1, firstSeq: 2, dropped: Number.MAX_SAFE_INTEGER, events: [] },
  },
  'an unknown event': event({ type: 'nodeExploded' }),
  'the name of a method as an event': event({ type: 'constructor' }),
  'labOpened without fields': event({ type: 'labOpened', node: 0 }),
  'labOpened with a node of no name': event({ ...OPENED, seq: 2, nodes: ['__proto__'] }),
  'nodeStarted without hardState': event(startedWithoutHardState),
  'nodeStarted with more than there is': event({ ...started, more: 1 }),
  'an event of a node that cannot be': event({ type: 'nodePaused', node: 16 }),
  'an event of an incarnation that cannot be': event({ type: 'nodePaused', node: 1_000_000_001 }),
  'a message of nobody': event({
    type: 'messageSent', node: 0, messageId: '1', to: 1, message: { type: 'TimeoutNow', term: 1 }, bytes: 1,
  }),
  'an incarnation beyond all': event({ type: 'nodeWiped', incarnation: 1e15 }),
  'a time beyond all dates': event({ type: 'nodePaused', atMs: 1e300 }),
  'a term below 0': event({ type: 'termChanged', term: -1, previousTerm: 0 }),
  'an index that is no whole number': event({ type: 'commitAdvanced', commitIndex: 1.5, previousCommitIndex: 0 }),
  'a log without end': event({
    type: 'entriesAppended',
    entries: Array.from({ length: 1000 }, (_, at) => ({ index: at + 1, term: 1, type: 'command', bytes: 1 })),
  }),
  'a text without end': event({ type: 'proposalDropped', reason: 'x'.repeat(100_000) }),
  'a link to nowhere': event({ type: 'linkChanged', node: 0, from: 'n1', to: 'n99', faults: NO_FAULTS }),
  'a link with half of its faults': event({
    type: 'linkChanged', node: 0, from: 'n1', to: 'n2', faults: { down: true },
  }),
  'a view that is missing': { type: 'attached', answer: {} },
  'a view without nodes': viewWith({ nodes: null }),
  'a view with a node of another name': viewWith({ nodes: { n2: attached().answer.view.nodes['n1'] } }),
  'a view whose node has no log': nodeWith({ tail: null }),
  'a view whose node has another identifier': nodeWith({ id: 1002 }),
  'a view whose node has an unknown role': nodeWith({ role: 'emperor' }),
  'a view whose node has votes of nobody': nodeWith({ votes: { constructor: true } }),
  'a view with a message of no kind': viewWith({ messages: [{ messageId: '1' }] }),
  'recent events that are none': attachedWith((answer) => ({ ...answer, recentEvents: [null] })),
  'a reply without its error': { type: 'reply', requestId: 1, reply: { ok: false } },
  'a reply with an unknown error': {
    type: 'reply', requestId: 1, reply: { ok: false, error: { code: 'constructor', message: 'x' } },
  },
  'machines without names': { type: 'machines', machines: [{}] },
  'a plan without peers': { type: 'launch', plan: { labId: 'lab-a', name: 'n1', id: 1, address: '127.0.0.1' } },
  'peers that are null': order({ type: 'peers', peers: null }),
  'an unknown pace': order({ type: 'pace', pace: 'warp' }),
  'a short secret': order({ type: 'secret', datagramSecret: 'AAAA' }),
  'faults that are none': order({ type: 'faults', faults: { 2: { lossPercent: 1000 } } }),
  'a wake-up that only this machine gives': order({ type: 'pause' }),
  'a command that is none': order({
    type: 'kv', requestId: 1, request: { client: 'c', command: { op: 'rm' }, timeoutMs: 1 },
  }),
  'a change of the configuration that is none': order({ type: 'changeConfiguration', requestId: 1, change: [] }),
  'a file outside': { type: 'erase', requestId: 1, name: '../n1' },
  'a page outside': { type: 'disk', requestId: 1, name: 'n1/../../x', count: 10 },
  'a second welcome': WELCOME,
};

test.each(Object.entries(HOSTILE))('%s is not taken in', async (_what, message) => {
  const { lab, events, peer } = await joined();
  const before = lab.attach();
  peer.say(message, event({ type: 'termChanged', term: 7, previousTerm: 0 }));
  if (message === WELCOME) {
    // What is said twice means nothing.
    await expect.poll(() => lab.attach().view.nodes['n1']?.term, { timeout: 90_000 }).toBe(7);
    return;
  }
  await peer.closed();
  expect(lab.attach()).toEqual(before);
  expect(events).toEqual([]);
  expect(lab.status).toMatchObject({
    isConnected: false, problem: 'the host sent a message that this version does not understand',
  });
});

test('what is no frame, or nested without end, ends the connection', async () => {
  for (const bytes of [framed('{'), framed('['.repeat(100_000)), framed(`[${'[],'.repeat(1_000_000)}[]]`)]) {
    const { lab, peer } = await joined();
    peer.write(bytes);
    await peer.closed();
    expect(lab.status).toMatchObject({ isConnected: false });
  }
});

test('a view that comes twice, and everything in one write, is taken in order', async () => {
  const host = await openRawHost();
  const first = host.nextPeer();
  const joining = joinLab(host.port, host.key);
  const peer = await first;
  await letIn(peer);
  const termChanged = event({ type: 'termChanged', term: 7, previousTerm: 0 });
  peer.say(attached(), attached(), MACHINES, attached(), termChanged);
  const { lab } = await joining;
  expect(lab.attach().view.nodes['n1']?.term).toBe(7);
  peer.say(attached(), event({ type: 'termChanged', term: 8, previousTerm: 7 }));
  await expect.poll(() => lab.attach().view.nodes['n1']?.term, { timeout: 90_000 }).toBe(8);
});

test.each([
  ['right after the welcome', false],
  ['when all was told', true],
])('a machine that is sent away %s is told why', async (_when, isIn) => {
  const host = await openRawHost();
  const first = host.nextPeer();
  const told = new Promise((resolve) => {
    joinLab(host.port, host.key, { onDismissed: resolve }).catch((error: unknown) => resolve(messageOf(error)));
  });
  const peer = await first;
  if (isIn) {
    await letIn(peer);
    peer.say(attached(), MACHINES, { type: 'bye', message: 'not today' });
  } else {
    await peer.next('hello');
    peer.say(welcomeAt(peer.socket), { type: 'bye', message: 'not today' });
  }
  peer.end();
  expect(await told).toBe('not today');
});

test('an answer that is none to the command is not shown', async () => {
  const { lab, peer } = await joined();
  for (const value of [{ anything: true }, null, { result: { type: 'value', value: 7 } }]) {
    const asked = lab.execute('kv:execute', { node: 'n1', command: { op: 'get', key: 'a' } })
      .catch((error: unknown) => (error instanceof LabError ? error.code : error));
    const { requestId } = await peer.next('command');
    peer.say({ type: 'reply', requestId, reply: { ok: true, value } });
    expect(await asked).toBe('unknown-outcome');
  }
});

test('what cannot be carried out ends the connection, is logged, and this machine connects again', async () => {
  const errors: string[] = [];
  const { host, peer } = await joined({
    onEvents: () => {
      throw new Error('a bug in what draws it');
    },
    log: { info: () => undefined, warn: () => undefined, error: (message) => errors.push(message) },
  });
  const again = host.nextPeer();
  peer.say(event({ type: 'nodePaused' }));
  await peer.closed();
  await (await again).next('hello');
  expect(errors.join()).toContain('a bug in what draws it');
});

// ---- Orders to a node that runs here --------------------------------------------------------------------------------

const PLAN: NodePlan = {
  labId: 'lab-a', name: 'n1', id: 1, incarnation: 1, address: '127.0.0.1', preferredPort: 0, initialVoters: [1],
  mayCreateDatabase: true, databaseBytesMax: 64 * 1024 * 1024, peers: [], pace: 'fast', faults: {}, seed: 1,
};

/** The node answers, and so it lives and is not paused. */
async function answers(peer: RawPeer, requestId: number): Promise<void> {
  peer.say(order({ type: 'kvPage', requestId, prefix: '', limit: 1 }));
  for (;;) {
    const { message } = await peer.next('node') as unknown as { message: { type: string; requestId?: number } };
    if (message.type === 'kvPage' && message.requestId === requestId) {
      return;
    }
  }
}

async function runsNode(permits: boolean) {
  const { lab, host, peer } = await joined({ permits });
  peer.say({ type: 'launch', plan: PLAN });
  await peer.next('node'); // it has started: before that nothing can be asked of it
  return { lab, host, peer };
}

test('a host starts a node with its plan, and does no more to it where it is not permitted', async () => {
  const { host, peer } = await runsNode(false);
  const orders = [
    { type: 'terminate', requestId: 2, id: 1 }, { type: 'pause', requestId: 3, id: 1 },
    { type: 'resume', requestId: 4, id: 1 },
    order({ type: 'stop' }), order({ type: 'faults', faults: {} }),
    { type: 'erase', requestId: 1, name: 'n1' },
  ];
  for (const [at, said] of orders.entries()) {
    peer.say(said);
    await answers(peer, 10 + at);
  }
  expect(await peer.next('done')).toMatchObject({ problem: 'this machine does not let the host act on its nodes' });
  expect(peer.heard.filter(({ type }) => type === 'nodeExited')).toEqual([]);
  // What is malformed ends the connection, and not the node.
  let last = peer;
  for (const malformed of [
    order({ type: 'peers', peers: null }), order({ type: 'pace', pace: 'warp' }),
    order({ type: 'secret', datagramSecret: 'AAAA' }), order({ type: 'stop', now: true }),
  ]) {
    const again = host.nextPeer();
    last.say(malformed);
    await last.closed();
    const next = await again;
    expect(await letIn(next)).toMatchObject({ running: [1] });
    next.say(attached(), MACHINES);
    await answers(next, 20);
    last = next;
  }
});
test.each([
  ['has no faults where the host is not permitted', false],
  ['has the faults of its plan where the host is permitted', true],
])('a node %s', async (_what, permits) => {
  const { peer } = await joined({ permits });
  const plan = {
    ...PLAN, initialVoters: [1, 2], peers: [{ id: 2, address: '127.0.0.1', port: 9 }],
    faults: { 2: { ...NO_FAULTS, down: true } },
  };
  peer.say({ type: 'launch', plan });
  let told: readonly string[] = [];
  while (!told.includes('messageSent')) {
    const { message } = await peer.next('node') as unknown as { message: { events?: readonly { type: string }[] } };
    told = message.events?.map(({ type }) => type) ?? [];
  }
  expect(told.includes('messageDropped')).toBe(permits);
});

test('a host starts four nodes on a machine, and no fifth', async () => {
  const { peer } = await joined({ permits: true });
  for (const id of [1, 2, 3, 4, 5]) {
    peer.say({ type: 'launch', plan: { ...PLAN, name: `n${id}`, id, initialVoters: [id] } });
  }
  expect(await peer.next('nodeExited')).toMatchObject({ id: 5, reason: 'this machine runs 4 nodes already' });
  const startedIds = new Set<unknown>();
  while (startedIds.size < 4) {
    const { id, message } = await peer.next('node') as unknown as { id: number; message: { type: string } };
    if (message.type === 'started') startedIds.add(id);
  }
  expect([...startedIds].sort()).toEqual([1, 2, 3, 4]);
});

test('a host that is permitted stops a node', async () => {
  const { peer } = await runsNode(true);
  peer.say(order({ type: 'stop' }));
  await peer.next('nodeExited');
});

test('a node of another lab is not started', async () => {
  const { peer } = await joined();
  peer.say({ type: 'launch', plan: { ...PLAN, labId: 'lab-b' } });
  expect(await peer.next('nodeExited')).toMatchObject({ reason: 'it is a node of another lab' });
});
