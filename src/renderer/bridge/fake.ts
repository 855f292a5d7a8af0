/** A bridge without a main process: labs, settings and a simulated cluster in memory, for development and tests. */
import type { EventBatch, LabSummary, Settings } from '../../contract/answers.ts';
import type { Bridge, CommandAnswer, CommandInput, CommandName } from '../../contract/commands.ts';
import type { LabErrorCode, Reply } from '../../contract/errors.ts';
import type { Pace, TraceEvent } from '../../trace/events.ts';
import { applyEvent, emptyView } from '../../trace/fold.ts';
import type { NodeName } from '../../trace/names.ts';
import type { ClusterView } from '../../trace/view.ts';
import { diskPage } from './fake/diskPage.ts';
import { FakeCluster } from './fake/fakeCluster.ts';
import { createFakeLan } from './fake/fakeLan.ts';
import type { FakeNode } from './fake/fakeNode.ts';
import { EXAMPLE_WRITES, pairsOf } from './fake/kv.ts';
import { seededRandom } from './fake/seededRandom.ts';

export interface FakeBridgeOptions {
  readonly nodeCount?: number;
  readonly pace?: Pace;
  readonly seed?: number;
  /** Whether a simulated client writes now and then. */
  readonly writes?: boolean;
  readonly settings?: Partial<Settings>;
}

export interface FakeBridge extends Bridge {
  /** Stops every timer. */
  close(): void;
}

type Handlers = {
  readonly [Name in CommandName]: (input: CommandInput<Name>) => CommandAnswer<Name> | Promise<CommandAnswer<Name>>;
};

const FRAME_MS = 16;
const EVENTS_KEPT_MAX = 20_000;
const RECENT_EVENTS = 500;
const WRITE_EVERY_MS = 2600;
const ANSWER_DELAY_MS = 8;

/** A refusal that becomes the reply. */
class FakeRefusal extends Error {
  readonly code: LabErrorCode;

  constructor(code: LabErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

function notInTheFake(): never {
  throw new FakeRefusal('refused', 'The make-believe cluster keeps its members.');
}

/** A bridge with a cluster of five nodes, or as the options say. */
export function createFakeBridge(options: FakeBridgeOptions = {}): FakeBridge {
  const random = seededRandom(options.seed ?? 7);
  const eventListeners = new Set<(batch: EventBatch) => void>();
  const labListeners = new Set<() => void>();
  let settings: Settings = { theme: 'system', scale: 1, introductionSeen: false, ...options.settings };
  const labs: LabSummary[] = [
    summary('default', 'Default lab', options.nodeCount ?? 5, options.pace ?? 'class', true),
    summary('exercise-2', 'Exercise 2: split votes', 3, 'slow', false),
  ];
  let cluster: FakeCluster | null = null;
  let view: ClusterView = emptyView();
  let events: TraceEvent[] = [];
  let pending: TraceEvent[] = [];
  let batchCount = 0;

  function openCluster(lab: LabSummary): void {
    cluster?.close();
    view = emptyView();
    events = [];
    pending = [];
    cluster = new FakeCluster({
      labId: lab.labId, name: lab.name, nodeCount: lab.nodeCount, pace: lab.pace, random, onEvent: keep,
    });
    cluster.open();
  }

  function keep(event: TraceEvent): void {
    applyEvent(view, event);
    events.push(event);
    pending.push(event);
    if (events.length > EVENTS_KEPT_MAX) events = events.slice(-EVENTS_KEPT_MAX / 2);
  }

  function flush(): void {
    const [first] = pending;
    if (first === undefined) return;
    batchCount += 1;
    const batch: EventBatch = { batch: batchCount, firstSeq: first.seq, dropped: 0, events: pending };
    pending = [];
    for (const listener of eventListeners) listener(batch);
  }

  function openLab(): FakeCluster {
    if (cluster === null) throw new FakeRefusal('no-open-lab', 'No lab is open: open one or create one.');
    return cluster;
  }

  function nodeOf(name: NodeName): FakeNode {
    const node = openLab().node(name);
    if (node === undefined) throw new FakeRefusal('unknown-node', `This lab has no node ${name}.`);
    return node;
  }

  function runningNode(name: NodeName): FakeNode {
    const node = nodeOf(name);
    if (node.life === 'crashed') {
      throw new FakeRefusal('node-crashed', `Node ${name} has crashed: restart it or ask another node.`);
    }
    if (node.life === 'paused') {
      throw new FakeRefusal('node-paused', `Node ${name} is paused: resume it or ask another node.`);
    }
    return node;
  }

  function doTo(name: NodeName, action: (cluster: FakeCluster, node: FakeNode) => void): null {
    action(openLab(), nodeOf(name));
    return null;
  }

  function markOpen(labId: string | null): void {
    for (const [position, lab] of labs.entries()) labs[position] = { ...lab, isOpen: lab.labId === labId };
    for (const listener of labListeners) listener();
  }

  function labOf(labId: string): LabSummary {
    const lab = labs.find((candidate) => candidate.labId === labId);
    if (lab === undefined) throw new FakeRefusal('unknown-lab', 'This lab no longer exists.');
    return lab;
  }

  async function execute({ node: name, command }: CommandInput<'kv:execute'>): Promise<CommandAnswer<'kv:execute'>> {
    const node = runningNode(name);
    const startedAtMs = performance.now();
    const commit = await openLab().execute(node, command, 'you');
    if (commit === null) {
      const message = `Unknown outcome after 5 s: ${name} heard of no majority. It may still take effect.`;
      throw new FakeRefusal('unknown-outcome', message);
    }
    const totalMs = performance.now() - startedAtMs;
    const route = commit.leader === name ? [name] : [name, commit.leader];
    return {
      ...commit, route, hops: route.length - 1, tries: 1,
      timing: { totalMs, appendedMs: totalMs * 0.4, committedMs: totalMs * 0.6 },
    };
  }

  const handlers: Handlers = {
    'app:info': () => ({
      name: 'Raftlab', version: '0.1.0', build: 'development', electron: 'none', chrome: 'none', node: 'none',
      sqlite: '3.54.1', dataPath: '/home/student/.config/Raftlab',
      platform: 'browser',
    }),
    'app:licences': () => [{ name: 'vue', version: '3.5.45', licence: 'MIT', text: 'The MIT License (MIT)' }],
    'settings:get': () => settings,
    'settings:set': (changes) => {
      const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
      settings = { ...settings, ...given };
      return settings;
    },
    'lab:list': () => [...labs],
    'lab:create': ({ name, nodeCount, pace }) => {
      const lab = summary(`lab-${labs.length + 1}`, name, nodeCount, pace, true);
      labs.push(lab);
      openCluster(lab);
      markOpen(lab.labId);
      return lab;
    },
    'lab:open': ({ labId }) => {
      const lab = labOf(labId);
      openCluster(lab);
      markOpen(labId);
      return { ...lab, isOpen: true };
    },
    'lab:rename': ({ labId, name }) => {
      const renamed = { ...labOf(labId), name };
      labs[labs.findIndex((lab) => lab.labId === labId)] = renamed;
      if (renamed.isOpen) cluster?.rename(name);
      return renamed;
    },
    'lab:copy': ({ labId, name }) => {
      const { nodeCount, pace } = labOf(labId);
      const copy = { ...summary(`lab-${labs.length + 1}`, name, nodeCount, pace, false), openedAtMs: 0 };
      labs.push(copy);
      return copy;
    },
    'lab:delete': ({ labId }) => {
      const wasOpen = labOf(labId).isOpen;
      labs.splice(labs.findIndex((lab) => lab.labId === labId), 1);
      if (wasOpen) {
        cluster?.close();
        cluster = null;
        markOpen(null);
      }
      return null;
    },
    'lab:attach': () => {
      openLab();
      return { view: structuredClone(view), recentEvents: events.slice(-RECENT_EVENTS) };
    },
    'lab:setPace': ({ pace }) => {
      openLab().setPace(pace);
      return null;
    },
    'events:acknowledge': () => null,
    'events:page': ({ beforeSeq, count }) => events.filter((event) => event.seq < beforeSeq).slice(-count),
    'node:crash': ({ node }) => doTo(node, (lab, it) => { lab.crash(it); }),
    'node:restart': ({ node }) => doTo(node, (lab, it) => { lab.start(it); }),
    'node:pause': ({ node }) => doTo(node, (lab, it) => { lab.pause(it); }),
    'node:resume': ({ node }) => doTo(node, (lab, it) => { lab.resume(it); }),
    'node:wipe': ({ node }) => doTo(node, (lab, it) => { lab.wipe(it); }),
    // Its nodes keep their whole log: a compaction has no visible effect here.
    'node:compact': ({ node }) => doTo(node, () => undefined),
    'node:kv': ({ node: name, prefix, limit }) => {
      const node = runningNode(name);
      const entries = pairsOf(node.state, prefix);
      return {
        lastApplied: node.lastApplied, keyCount: node.state.size, entries: entries.slice(0, limit),
        truncated: entries.length > limit,
      };
    },
    'node:disk': (input) => diskPage(openLab(), nodeOf(input.node), input),
    'link:set': ({ from, to, bothWays, faults }) => {
      openLab().setLink(from, to, faults);
      if (bothWays) openLab().setLink(to, from, faults);
      return null;
    },
    'network:partition': ({ groups }) => {
      openLab().partition(groups);
      return null;
    },
    'network:heal': () => {
      openLab().heal(false);
      return null;
    },
    'network:reset': () => {
      openLab().heal(true);
      return null;
    },
    'lab:setLeaseReads': () => null,
    'node:sessions': ({ node }) => {
      const { lastApplied } = runningNode(node);
      const session = { client: 'you', session: 2, lastSequence: 3, lastUsedIndex: lastApplied, keptResults: 1 };
      return { lastApplied, sessionCount: 1, sessionsMax: 4096, sessions: [session], truncated: false };
    },
    ...createFakeLan((code, message) => new FakeRefusal(code, message)),
    'cluster:add': notInTheFake,
    'cluster:remove': notInTheFake,
    'cluster:promote': notInTheFake,
    'cluster:demote': notInTheFake,
    'cluster:replace': notInTheFake,
    'cluster:transfer': notInTheFake,
    'cluster:forgetLeader': () => null,
    'kv:execute': execute,
  };

  async function invoke<Name extends CommandName>(
    name: Name,
    input: CommandInput<Name>,
  ): Promise<Reply<CommandAnswer<Name>>> {
    try {
      // An answer takes a moment, as over IPC, so that loading states are visible.
      await new Promise((resolve) => setTimeout(resolve, ANSWER_DELAY_MS));
      return { ok: true, value: await handlers[name](input) };
    } catch (error) {
      if (error instanceof FakeRefusal) return { ok: false, error: { code: error.code, message: error.message } };
      throw error;
    }
  }

  let writeCount = 0;
  function writeSomething(): void {
    const running = cluster?.nodes.filter((node) => node.life === 'running') ?? [];
    const node = running[Math.floor(random() * running.length)];
    const command = EXAMPLE_WRITES[writeCount % EXAMPLE_WRITES.length];
    writeCount += 1;
    if (node !== undefined && command !== undefined) void cluster?.execute(node, command, 'c1');
  }

  const flushing = setInterval(flush, FRAME_MS);
  const writing = options.writes === false ? undefined : setInterval(writeSomething, WRITE_EVERY_MS);
  if (labs[0] !== undefined) openCluster(labs[0]);

  return {
    invoke,
    onEvents: (listener) => {
      eventListeners.add(listener);
      return () => eventListeners.delete(listener);
    },
    onLabChanged: (listener) => {
      labListeners.add(listener);
      return () => labListeners.delete(listener);
    },
    onSignal: () => () => undefined,
    close: () => {
      clearInterval(flushing);
      clearInterval(writing);
      cluster?.close();
    },
  };
}

function summary(labId: string, name: string, nodeCount: number, pace: Pace, isOpen: boolean): LabSummary {
  const now = Date.now();
  return { labId, name, nodeCount, pace, createdAtMs: now - 86_400_000, openedAtMs: now - 3_600_000, isOpen };
}
