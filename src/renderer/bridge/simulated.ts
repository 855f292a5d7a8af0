/** A bridge without a main process: simulated labs in the page itself, for a browser and for tests. */
import type { EventBatch, Settings } from '../../contract/answers.ts';
import type { Bridge, CommandAnswer, CommandInput, CommandName } from '../../contract/commands.ts';
import { LabError } from '../../contract/errors.ts';
import type { Reply } from '../../contract/errors.ts';
import type { LanAnswers, LanCommandInput, LanCommandName } from '../../contract/lan.ts';
import { NO_HISTORY } from '../../contract/noHistory.ts';
import { isTimeCommand, NO_DOOR_IN_VIRTUAL_TIME, type TimeStatus } from '../../contract/time.ts';
import { isLabActionName } from '../../sim/lab/labActions.ts';
import type { TimelineCommandName } from '../../sim/lab/timeline.ts';
import type { Pace, TraceEvent } from '../../trace/events.ts';
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

/** The commands that the page answers itself; the open lab answers the rest. */
type OwnCommandName = Exclude<CommandName, TimelineCommandName>;
type Handlers = {
  readonly [Name in OwnCommandName]:
  (input: CommandInput<Name>) => CommandAnswer<Name> | Promise<CommandAnswer<Name>>;
};

/** Virtual time goes on as fast as the page's, a frame at a time. */
const FRAME_MS = 16;
const WRITE_EVERY_MS = 2600;
/** An answer takes a moment, as over IPC, so that loading states are visible. */
const ANSWER_DELAY_MS = 8;
/** Of each frame, the time for the lab's work. */
const WORK_MS = 10;

/** What the client writes, one after the other. */
const EXAMPLE_WRITES = [
  { op: 'put', key: 'colour', value: 'teal' },
  { op: 'incr', key: 'visits', by: 1 },
  { op: 'put', key: 'owner', value: 'ada' },
  { op: 'cas', key: 'colour', expected: 'teal', value: 'sea' },
  { op: 'put', key: 'class/2b/room', value: 'H 204' },
  { op: 'delete', key: 'owner' },
] as const;

function noNetwork(): never {
  throw new LabError('refused', 'a page in a browser is not on the network: start the app');
}

function noFiles(): never {
  throw new LabError('refused', 'a page in a browser reads and writes no files: start the app');
}

/** A bridge with a lab of five nodes, or as the options say. */
export function createSimulatedBridge(options: SimulatedBridgeOptions = {}): SimulatedBridge {
  return new PageBridge(options);
}

class PageBridge implements SimulatedBridge {
  readonly #eventListeners = new Set<(batch: EventBatch) => void>();
  readonly #labListeners = new Set<() => void>();
  readonly #timeListeners = new Set<(time: TimeStatus) => void>();
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
      onMoved: () => {
        this.#pending = [];
      },
      onTime: (time) => {
        for (const listener of this.#timeListeners) listener(time);
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
      return { ok: true, value: await this.#answer(name, input) };
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

  onTime(listener: (time: TimeStatus) => void): () => void {
    this.#timeListeners.add(listener);
    return () => this.#timeListeners.delete(listener);
  }

  onSignal(): () => void {
    return () => undefined;
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  /** A frame of virtual time, and the events in it. */
  #goOn(): void {
    this.#labs.opened?.passTime(FRAME_MS);
    this.#labs.opened?.work(WORK_MS);
    const [first] = this.#pending;
    if (first === undefined) return;
    this.#batch += 1;
    const batch: EventBatch = { batch: this.#batch, firstSeq: first.seq, dropped: 0, events: this.#pending };
    this.#pending = [];
    for (const listener of this.#eventListeners) listener(batch);
  }

  #writeSomething(): void {
    const lab = this.#labs.opened;
    if (lab?.isRunning !== true) return;
    const running = Object.values(lab.view.nodes).filter(({ life }) => life === 'running');
    const node = running[this.#writes % Math.max(1, running.length)];
    const command = EXAMPLE_WRITES[this.#writes % EXAMPLE_WRITES.length];
    this.#writes += 1;
    if (node !== undefined && command !== undefined) {
      // Nobody waits for the outcome: the events tell it.
      lab.execute('kv:execute', { node: node.name, command }).catch(() => undefined);
    }
  }

  /** The generic lookup loses that input and answer belong to this command. */
  #answer<Name extends CommandName>(name: Name, input: CommandInput<Name>): Promise<CommandAnswer<Name>> {
    // The view comes without events that are still to be sent: they would come twice.
    if (name === 'lab:attach') this.#pending = [];
    const answer: Promise<unknown> = isOfLab(name)
      ? this.#labs.open.execute(name, input as CommandInput<TimelineCommandName>)
      : this.#own(name, input as CommandInput<OwnCommandName>);
    return answer as Promise<CommandAnswer<Name>>;
  }

  async #own<Name extends OwnCommandName>(name: Name, input: CommandInput<Name>): Promise<CommandAnswer<Name>> {
    const handler: Handlers[Name] = this.#handlers[name];
    return handler(input);
  }

  #handlersWith(lan: LanHandlers): Handlers {
    const labs = this.#labs;
    return {
      ...lan,
      ...NO_HISTORY,
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
      'scenario:choose': noFiles,
      'picture:save': noFiles,
      'lab:list': () => labs.list(),
      'lab:create': (wanted) => labs.create(wanted),
      'lab:open': ({ labId }) => labs.openAgain(labId),
      'lab:rename': ({ labId, name }) => labs.rename(labId, name),
      'lab:copy': ({ labId, name }) => labs.copy(labId, name),
      'lab:delete': ({ labId }) => labs.delete(labId),
      'lab:openSeed': () => {
        throw new LabError('refused', 'a page in a browser opens no seeds: start the app');
      },
      'lab:simulate': () => {
        throw new LabError('refused', 'this lab is simulated already');
      },
      'lab:setDoor': () => {
        throw new LabError('refused', NO_DOOR_IN_VIRTUAL_TIME);
      },
      'events:acknowledge': () => null,
    };
  }
}

function isOfLab(name: CommandName): name is TimelineCommandName {
  return isLabActionName(name) || isTimeCommand(name) || LOOKING.has(name);
}

/** What an open lab answers without any change. */
const LOOKING: ReadonlySet<CommandName> = new Set<CommandName>([
  'lab:attach', 'events:page', 'node:kv', 'node:disk', 'node:sessions',
]);

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
