/** A bridge without a main process: simulated labs in the page itself, for a browser and for tests. */
import type { AttachAnswer, EventBatch, LabSummary, Settings } from '../../contract/answers.ts';
import type { Bridge, CommandAnswer, CommandInput, CommandName } from '../../contract/commands.ts';
import { LabError } from '../../contract/errors.ts';
import type { Reply } from '../../contract/errors.ts';
import type { LanAnswers, LanCommandInput, LanCommandName } from '../../contract/lan.ts';
import type { SimulatedLab } from '../../sim/lab/simulatedLab.ts';
import type { Pace, TraceEvent } from '../../trace/events.ts';
import type { NodeName } from '../../trace/names.ts';
import { isRaftlabs, RAFTLAB_VARIANT } from '../../trace/variant.ts';
import type { RaftVariant } from '../../trace/variant.ts';
import { SimulatedLabs } from './simulatedLabs.ts';

export type LanHandlers = {
  readonly [Name in LanCommandName]: (input: LanCommandInput<Name>) => LanAnswers[Name];
};

export interface SimulatedBridgeOptions {
  readonly nodeCount?: number;
  readonly pace?: Pace;
  readonly seed?: number;
  /** Whether a client writes now and then. */
  readonly writes?: boolean;
  readonly settings?: Partial<Settings>;
  /** What answers the LAN's commands; absent: a page has no network. */
  readonly lan?: LanHandlers;
}

export interface SimulatedBridge extends Bridge {
  /** Stops every timer. */
  close(): void;
}

type Handlers = {
  readonly [Name in CommandName]?:
  (input: CommandInput<Name>) => CommandAnswer<Name> | Promise<CommandAnswer<Name>>;
};

/** @throws {LabError} for a variant that the page's simulated labs do not have */
function checkIsRaftlabs(variant: RaftVariant): void {
  if (!isRaftlabs(variant)) {
    throw new LabError('refused', 'the labs of this page run Raftlab’s Raft: the app has others');
  }
}

/** Virtual time goes on as fast as the page's, a frame at a time. */
const FRAME_MS = 16;
const WRITE_EVERY_MS = 2600;
/** An answer takes a moment, as over IPC, so that loading states are visible. */
const ANSWER_DELAY_MS = 8;
/** How long a command may take: about two elections in a row. */
const KV_TIMEOUT_MS: Readonly<Record<Pace, number>> = { fast: 2000, class: 8000, slow: 25_000 };

/** What the client writes, one after the other. */
const EXAMPLE_WRITES = [
  { op: 'put', key: 'colour', value: 'teal' },
  { op: 'incr', key: 'visits', by: 1 },
  { op: 'put', key: 'owner', value: 'ada' },
  { op: 'cas', key: 'colour', expected: 'teal', value: 'sea' },
  { op: 'put', key: 'class/2b/room', value: 'H 204' },
  { op: 'delete', key: 'owner' },
] as const;

function keepsMembers(): never {
  throw new LabError('refused', 'a simulated lab keeps its members: change those of a live lab');
}

function noNetwork(): never {
  throw new LabError('refused', 'a page in a browser is not on the network: start the app');
}

/** A bridge with a lab of five nodes, or as the options say. */
export function createSimulatedBridge(options: SimulatedBridgeOptions = {}): SimulatedBridge {
  return new PageBridge(options);
}

class PageBridge implements SimulatedBridge {
  readonly #eventListeners = new Set<(batch: EventBatch) => void>();
  readonly #labListeners = new Set<() => void>();
  readonly #labs: SimulatedLabs;
  readonly #handlers: Handlers;
  readonly #timers: ReturnType<typeof setInterval>[];
  #settings: Settings;
  #pending: TraceEvent[] = [];
  #batch = 0;
  #writes = 0;

  constructor({ nodeCount = 5, pace = 'class', seed = 7, writes = true, settings, lan }: SimulatedBridgeOptions) {
    this.#settings = { theme: 'system', scale: 1, introductionSeen: false, ...settings };
    this.#labs = new SimulatedLabs(seed, {
      onEvents: (events) => this.#pending.push(...events),
      onOpened: () => {
        this.#pending = [];
      },
      onChanged: () => {
        for (const listener of this.#labListeners) listener();
      },
    });
    this.#labs.begin('Default lab', nodeCount, pace);
    this.#handlers = this.#handlersWith(lan ?? WITHOUT_NETWORK);
    this.#timers = [setInterval(() => this.#goOn(), FRAME_MS)];
    if (writes) this.#timers.push(setInterval(() => this.#writeSomething(), WRITE_EVERY_MS));
  }

  async invoke<Name extends CommandName>(name: Name, input: CommandInput<Name>): Promise<Reply<CommandAnswer<Name>>> {
    try {
      await new Promise((resolve) => setTimeout(resolve, ANSWER_DELAY_MS));
      const handler: Handlers[Name] = this.#handlers[name];
      if (handler === undefined) throw new LabError('refused', 'the time of this lab runs by itself');
      return { ok: true, value: await handler(input) };
    } catch (error) {
      if (error instanceof LabError) return { ok: false, error: error.toData() };
      throw error;
    }
  }

  onEvents(listener: (batch: EventBatch) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  onLabChanged(listener: () => void): () => void {
    this.#labListeners.add(listener);
    return () => this.#labListeners.delete(listener);
  }

  onTime(): () => void {
    return () => undefined;
  }

  onSignal(): () => void {
    return () => undefined;
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  /** A frame of virtual time, and the events in it. */
  #goOn(): void {
    this.#labs.opened?.run(FRAME_MS);
    const [first] = this.#pending;
    if (first === undefined) return;
    this.#batch += 1;
    const batch: EventBatch = { batch: this.#batch, firstSeq: first.seq, dropped: 0, events: this.#pending };
    this.#pending = [];
    for (const listener of this.#eventListeners) listener(batch);
  }

  #writeSomething(): void {
    const running = Object.values(this.#labs.opened?.trace.view.nodes ?? {}).filter(({ life }) => life === 'running');
    const node = running[this.#writes % Math.max(1, running.length)];
    const command = EXAMPLE_WRITES[this.#writes % EXAMPLE_WRITES.length];
    this.#writes += 1;
    if (node !== undefined && command !== undefined) {
      // Nobody waits for the outcome: the events tell it.
      this.#execute({ node: node.name, command }).catch(() => undefined);
    }
  }

  async #execute({ node, command, read, traceId }: CommandInput<'kv:execute'>): Promise<CommandAnswer<'kv:execute'>> {
    const lab = this.#labs.open;
    const { answer } = await lab.kv(node, {
      client: node,
      command,
      timeoutMs: KV_TIMEOUT_MS[lab.summary.pace],
      ...(read === undefined ? {} : { read }),
      ...(traceId === undefined ? {} : { traceId }),
    });
    return answer;
  }

  /** The open lab's view, without events that are still to be sent: they would come twice. */
  #attach(): AttachAnswer {
    this.#pending = [];
    return this.#labs.open.attach();
  }

  #handlersWith(lan: LanHandlers): Handlers {
    const labs = this.#labs;
    const done = (action: (lab: SimulatedLab) => void): null => {
      action(labs.open);
      return null;
    };
    const doTo = (node: NodeName, action: 'crash' | 'restart' | 'pause' | 'resume'): null => (
      done((lab) => { lab[action](node); })
    );
    const kept = (summary: Promise<unknown>): Promise<null> => summary.then(() => null);
    return {
      ...lan,
      'app:info': () => ({
        name: 'Raftlab', version: '0.1.0', build: 'development', electron: 'none', chrome: 'none', node: 'none',
        sqlite: 'none', dataPath: 'none', platform: 'browser',
      }),
      'app:licences': () => [{ name: 'vue', version: '3.5.45', licence: 'MIT', text: 'The MIT License (MIT)' }],
      'settings:get': () => this.#settings,
      'settings:set': (changes) => {
        const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
        this.#settings = { ...this.#settings, ...given };
        return this.#settings;
      },
      'lab:list': () => labs.list(),
      'lab:create': ({ name, nodeCount, pace, variant = RAFTLAB_VARIANT }): LabSummary => {
        checkIsRaftlabs(variant);
        return labs.create(name, nodeCount, pace);
      },
      'lab:open': ({ labId }) => labs.openAgain(labId),
      'lab:rename': ({ labId, name }) => labs.rename(labId, name),
      'lab:copy': ({ labId, name }) => labs.copy(labId, name),
      'lab:delete': ({ labId }) => labs.delete(labId),
      'lab:attach': () => this.#attach(),
      'lab:setPace': ({ pace }) => done((lab) => { lab.setPace(pace); }),
      'lab:setLeaseReads': ({ enabled }) => done((lab) => { lab.setLeaseReads(enabled); }),
      'lab:setVariant': ({ variant }) => done(() => { checkIsRaftlabs(variant); }),
      'events:acknowledge': () => null,
      'events:page': ({ beforeSeq, count }) => labs.open.trace.page(beforeSeq, count),
      'node:crash': ({ node }) => doTo(node, 'crash'),
      'node:restart': ({ node }) => doTo(node, 'restart'),
      'node:pause': ({ node }) => doTo(node, 'pause'),
      'node:resume': ({ node }) => doTo(node, 'resume'),
      'node:wipe': keepsMembers,
      'node:compact': ({ node }) => kept(labs.open.compact(node)),
      'node:kv': ({ node, prefix, limit }) => labs.open.kvPage(node, prefix, limit),
      'node:disk': ({ node, fromIndex, count }) => labs.open.disk(node, fromIndex, count),
      'node:sessions': ({ node, limit }) => labs.open.sessions(node, limit),
      'link:set': ({ from, to, bothWays, faults }) => done((lab) => { lab.setLink(from, to, bothWays, faults); }),
      'network:partition': ({ groups }) => done((lab) => { lab.partition(groups); }),
      'network:heal': () => done((lab) => { lab.heal(); }),
      'network:reset': () => done((lab) => { lab.resetNetwork(); }),
      'cluster:add': keepsMembers,
      'cluster:remove': keepsMembers,
      'cluster:promote': keepsMembers,
      'cluster:demote': keepsMembers,
      'cluster:replace': keepsMembers,
      'cluster:transfer': async ({ to }) => (await labs.open.transfer(to)).answer,
      'cluster:forgetLeader': ({ node }) => kept(labs.open.forgetLeader(node)),
      'kv:execute': (input) => this.#execute(input),
    };
  }
}

const WITHOUT_NETWORK: LanHandlers = {
  'lan:interfaces': () => [],
  'lan:status': () => ({ mode: 'local', machineName: 'browser', permits: null }),
  'lan:open': noNetwork,
  'lan:close': noNetwork,
  'lan:renewCode': noNetwork,
  'lan:setJoining': noNetwork,
  'lan:dismiss': noNetwork,
  'lan:find': noNetwork,
  'lan:test': noNetwork,
  'lan:join': noNetwork,
  'lan:useCode': noNetwork,
  'lan:leave': noNetwork,
  'lan:bringNode': noNetwork,
  'lan:setPermits': noNetwork,
};
