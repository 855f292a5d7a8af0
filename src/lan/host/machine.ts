/** One machine that joined a hosted lab, as its host sees it: its channel, its stream of events, its nodes' links. */
import type { DiskPage } from '../../contract/answers.ts';
import { LabError } from '../../contract/errors.ts';
import type { MachineStatus, LanRole } from '../../contract/lan.ts';
import type { NodeId } from '../../raft/types.ts';
import type { TraceEvent } from '../../trace/events.ts';
import type { NodeName } from '../../trace/names.ts';
import { EventStream } from '../../lab/trace/eventStream.ts';
import type { LaunchNode, NodeLinkListener, NodePlan } from '../../lab/nodes/nodeLink.ts';
import type { LabMachine } from '../../lab/nodes/labMachine.ts';
import { clockMs } from '../../node/clock.ts';
import type { NodeToLab } from '../../node/protocol.ts';
import { diskPageSchema } from '../../contract/answerSchemas.ts';
import type { Channel } from '../channel/channel.ts';
import { EventTimes } from '../channel/clockOffset.ts';
import type { FromHost, HeardFromMachine } from '../channel/protocol.ts';
import type { GuestSession } from './guestSession.ts';

/** How long a machine may take for an operation on a file before the request fails. */
const ERRAND_LIMIT_MS = 10_000;

interface Errand {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

export interface MachineIdentity {
  readonly machineId: string;
  readonly name: string;
  readonly role: LanRole;
  /** Which run of the program on that machine. */
  readonly runId: string;
}

export interface MachineListener {
  /** Events do not fit into a message: the machine needs the whole view instead. */
  readonly onEventsTooLong: () => void;
  /** Events cannot be sent to the machine because of an error here. */
  readonly onError: (error: unknown) => void;
}

export class Machine implements LabMachine {
  readonly identity: MachineIdentity;
  readonly stream: EventStream;
  readonly #channel: Channel<HeardFromMachine, FromHost>;
  readonly #session: GuestSession;
  readonly #links = new Map<NodeId, NodeLinkListener>();
  readonly #times = new Map<NodeId, EventTimes>();
  readonly #errands = new Map<number, Errand>();
  #errandCount = 0;
  #eventsLeftOut = 0;
  #areEventsTooLong = false;
  #lastAction: { readonly text: string; readonly atMs: number } | undefined;
  permits: boolean;

  /** @param session already confirmed: the machine is in */
  constructor(
    identity: MachineIdentity, permits: boolean, channel: Channel<HeardFromMachine, FromHost>, session: GuestSession,
    listener: MachineListener,
  ) {
    this.identity = identity;
    this.#session = session;
    this.permits = permits;
    this.#channel = channel;
    this.stream = new EventStream((batch) => {
      this.#eventsLeftOut += batch.dropped;
      this.#areEventsTooLong ||= !channel.trySend({ type: 'events', batch });
    }, (flush, delayMs) => {
      const timer = setTimeout(() => {
        try {
          flush();
          if (this.#areEventsTooLong) {
            this.#areEventsTooLong = false;
            listener.onEventsTooLong();
          }
        } catch (error) {
          listener.onError(error);
        }
      }, delayMs);
      return () => clearTimeout(timer);
    });
  }

  /** The address of the machine's nodes: the one from which it connected. */
  get address(): string {
    return this.#channel.remoteAddress;
  }

  status(nodes: readonly NodeName[]): MachineStatus {
    const { machineId, name, role } = this.identity;
    return {
      machineId,
      name,
      role,
      address: this.address,
      isConnected: this.#channel.isOpen,
      roundTripMs: this.#channel.isOpen ? this.#channel.roundTripMs ?? null : null,
      nodes,
      permits: this.permits,
      lastAction: this.#lastAction?.text ?? null,
      lastActionAtMs: this.#lastAction?.atMs ?? null,
      eventsLeftOut: this.#eventsLeftOut,
    };
  }

  /**
   * Hands over a new session. Resolves when the machine has it, or when its connection has ended.
   * @throws {LabError} when it cannot be saved
   */
  async renewSession(): Promise<void> {
    await this.#session.renew();
  }

  did(text: string): void {
    this.#lastAction = { text, atMs: clockMs() };
  }

  send(message: FromHost): void {
    this.#channel.send(message);
  }

  /** @returns false when the message was too long and nothing was sent */
  trySend(message: FromHost): boolean {
    return this.#channel.trySend(message);
  }

  push(events: readonly TraceEvent[]): void {
    this.stream.push(events);
  }

  /** Starts a node there, or links to it again if it runs. */
  launch(plan: NodePlan): LaunchNode {
    return (listener) => {
      const { id } = plan;
      this.#links.set(id, listener);
      this.#channel.send({ type: 'launch', plan });
      const act = async (type: 'terminate' | 'pause' | 'resume'): Promise<void> => {
        await this.#run({ type, id });
      };
      return {
        post: (message) => {
          if (message.type !== 'pause') { // only its own machine sends that to its thread
            this.#channel.send({ type: 'node', id, message });
          }
        },
        pause: () => act('pause'),
        resume: () => act('resume'),
        terminate: () => act('terminate'),
      };
    };
  }

  async erase(name: NodeName): Promise<void> {
    await this.#run({ type: 'erase', name });
  }

  async readDisk(name: NodeName, fromIndex: number | undefined, count: number): Promise<DiskPage> {
    const errand = { type: 'disk', name, count, ...(fromIndex === undefined ? {} : { fromIndex }) } as const;
    const answer = await this.#run(errand).catch((error: unknown) => {
      throw new LabError('refused', error instanceof Error ? error.message : String(error));
    });
    const page = diskPageSchema.safeParse(answer);
    if (!page.success) {
      throw new LabError(
        'refused', `${this.identity.name} did not send a page of a database: does it run the same Raftlab?`,
      );
    }
    return page.data;
  }

  /** @throws {Error} when the machine refuses, does not answer, or disconnects */
  async #run(errand:
    | { readonly type: 'terminate' | 'pause' | 'resume'; readonly id: NodeId }
    | { readonly type: 'erase'; readonly name: NodeName }
    | { readonly type: 'disk'; readonly name: NodeName; readonly fromIndex?: number; readonly count: number },
  ): Promise<unknown> {
    this.#errandCount += 1;
    const requestId = this.#errandCount;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#errands.delete(requestId);
        reject(new Error(`${this.identity.name} did not answer`));
      }, ERRAND_LIMIT_MS);
      this.#errands.set(requestId, { resolve, reject, timer });
      this.#channel.send({ ...errand, requestId });
    });
  }

  /** Handles the machine's messages about its nodes and errands. @returns whether this was one */
  take(message: HeardFromMachine): boolean {
    switch (message.type) {
      case 'node':
        this.#links.get(message.id)?.onMessage(this.#onHostsTime(message.id, message.message));
        return true;
      case 'sessionKept':
        if (!this.#session.take(message.session)) {
          this.#channel.close();
        }
        return true;
      case 'nodeExited': {
        const listener = this.#links.get(message.id);
        this.#links.delete(message.id);
        listener?.onExit(message.reason);
        return true;
      }
      case 'done': {
        const errand = this.#errands.get(message.requestId);
        this.#errands.delete(message.requestId);
        clearTimeout(errand?.timer);
        if (message.problem === null) {
          errand?.resolve(message.value);
        } else {
          errand?.reject(new Error(message.problem));
        }
        return true;
      }
      default:
        return false;
    }
  }

  /** Converts the times of a node's events from its machine's clock to the host's, the only clock of the trace. */
  #onHostsTime(id: NodeId, message: NodeToLab): NodeToLab {
    if (message.type !== 'events') {
      return message;
    }
    const times = this.#times.get(id) ?? new EventTimes();
    this.#times.set(id, times);
    const { clockOffsetMs } = this.#channel;
    const nowMs = clockMs();
    return {
      ...message,
      events: message.events.map((event) => ({ ...event, atMs: times.here(event.atMs, clockOffsetMs, nowMs) })),
    };
  }

  /** The channel has ended: it is unknown whether its nodes still run. */
  gone(): void {
    this.stream.detach();
    this.#session.end();
    this.#links.clear();
    for (const { reject, timer } of this.#errands.values()) {
      clearTimeout(timer);
      reject(new Error(`${this.identity.name} has lost its connection`));
    }
    this.#errands.clear();
  }

  /** Disconnects the machine; it does not come back by itself. */
  close(message: string): void {
    this.#channel.send({ type: 'bye', message });
    this.#channel.close();
  }

  /** Ends the connection; the machine should connect again. */
  hangUp(): void {
    this.#channel.abort();
  }
}
