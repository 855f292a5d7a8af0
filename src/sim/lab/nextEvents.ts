/** What will happen next in a simulated lab, and what a person makes of it: one thing first, a message lost or late. */
import { LabError } from '../../contract/errors.ts';
import type { NextEvent } from '../../contract/time.ts';
import type { NodeId, RaftStatus } from '../../raft/index.ts';
import { summaryOfAny } from '../../server/net/outbox.ts';
import type { MessageSummary } from '../../trace/events.ts';
import { describeMessage as messageInWords } from '../../trace/messageWords.ts';
import { fullNodeName, type NodeName, nodeNameOf } from '../../trace/names.ts';
import { decodeDatagram, messageIdOf } from '../../wire/index.ts';
import type { Datagram } from '../datagram.ts';
import type { Appointment, Micros, Schedule } from '../schedule.ts';
import { SIMULATED_LAB_DIGEST, type SimulatedNode } from '../simulatedNode.ts';

/** The most next events that are listed; there are seldom more than a few for each node. */
export const NEXT_EVENTS_MAX = 100;
/** The most messages that a person holds at once. */
const HELD_MAX = 500;

export interface NextEventsHost {
  readonly schedule: Schedule;
  readonly node: (id: NodeId) => SimulatedNode | undefined;
  /** A message is lost by hand: its sender's trace tells it. */
  readonly onLost: (from: NodeId, to: NodeId, messageId: string, message: MessageSummary) => void;
}

type Message = NonNullable<NextEvent['message']>;

export class NextEvents {
  readonly #host: NextEventsHost;
  /** Messages that wait for a person, by their names. */
  readonly #held = new Map<number, Appointment>();

  constructor(host: NextEventsHost) {
    this.#host = host;
  }

  /** Soonest first, then what a person holds. @returns how many more there are as well */
  list(): { readonly next: readonly NextEvent[]; readonly nextBeyond: number } {
    const due = this.#host.schedule.pending().flatMap((appointment) => this.#describe(appointment, false) ?? []);
    const held = [...this.#held.values()].flatMap((appointment) => this.#describe(appointment, true) ?? []);
    const all = [...due.slice(0, NEXT_EVENTS_MAX), ...held];
    return { next: all, nextBeyond: Math.max(0, due.length - NEXT_EVENTS_MAX) };
  }

  /** @throws {LabError} when it has happened already, or is gone */
  first(id: number): void {
    const held = this.#held.get(id);
    const appointment = held ?? this.#host.schedule.take(id);
    if (appointment === undefined) throw gone();
    this.#held.delete(id);
    if (appointment.subject?.type === 'tick') {
      this.#letTimerFire(appointment, appointment.subject.node);
    } else {
      appointment.action();
    }
  }

  lose(id: number): void {
    const { datagram } = this.#message(id);
    this.#takeMessage(id);
    const message = messageIn(datagram);
    if (message !== null) this.#host.onLost(datagram.from, datagram.to, message.messageId, message.summary);
  }

  /** Its copy arrives at the same moment, or now if it is held. */
  double(id: number): void {
    const { appointment } = this.#message(id);
    this.#host.schedule.after(Math.max(0, appointment.at - this.#now), appointment.action, appointment.subject);
  }

  delay(id: number, byMicros: Micros): void {
    const { appointment } = this.#message(id);
    this.#takeMessage(id);
    const leftMicros = Math.max(0, appointment.at - this.#now);
    this.#host.schedule.after(leftMicros + byMicros, appointment.action, appointment.subject);
  }

  /** @throws {LabError} `refused` when too many are held, or it is held already */
  hold(id: number): void {
    if (this.#held.has(id)) throw new LabError('refused', 'this message is held already');
    if (this.#held.size >= HELD_MAX) {
      throw new LabError('refused', `${HELD_MAX} messages are held: let some of them go first`);
    }
    const { appointment } = this.#message(id);
    this.#takeMessage(id);
    this.#held.set(id, appointment);
  }

  get #now(): Micros {
    return this.#host.schedule.now;
  }

  #message(id: number): { readonly appointment: Appointment; readonly datagram: Datagram } {
    const appointment = this.#held.get(id) ?? this.#host.schedule.pending().find(({ order }) => order === id);
    if (appointment === undefined) throw gone();
    const { subject } = appointment;
    if (subject?.type !== 'datagram') {
      throw new LabError('refused', 'this is no message: only messages can be lost, doubled, delayed and held');
    }
    return { appointment, datagram: subject.datagram };
  }

  #takeMessage(id: number): void {
    if (!this.#held.delete(id)) this.#host.schedule.take(id);
  }

  /**
   * The clock of one node runs ahead, tick by tick, until its timer has fired. Its disk keeps up: a node that waits for
   * a write takes no turn, and the ticks that pass meanwhile do not all count.
   */
  #letTimerFire(tick: Appointment, id: NodeId): void {
    this.#finishWork(id);
    const before = this.#host.node(id)?.status();
    let next: Appointment | undefined = tick;
    for (let left = before === undefined ? 1 : ticksLeft(before); left > 0 && next !== undefined; left -= 1) {
      next.action();
      this.#takeAll(this.#turnOf(id));
      if (left === 1) return;
      this.#finishWork(id);
      next = this.#takeTick(id);
    }
  }

  /** Turns that are due now, and the writes for which others wait. */
  #finishWork(id: NodeId): void {
    const isTurn = this.#turnOf(id);
    this.#takeAll((appointment) => isTurn(appointment)
      || (appointment.subject?.type === 'write' && appointment.subject.node === id));
  }

  #turnOf(id: NodeId): (appointment: Appointment) => boolean {
    return ({ subject, at }) => subject?.type === 'turn' && subject.node === id && at <= this.#now;
  }

  #takeAll(isWanted: (appointment: Appointment) => boolean): void {
    for (let found = this.#find(isWanted); found !== undefined; found = this.#find(isWanted)) {
      this.#host.schedule.take(found.order)?.action();
    }
  }

  #takeTick(id: NodeId): Appointment | undefined {
    const tick = this.#find(({ subject }) => subject?.type === 'tick' && subject.node === id);
    return tick === undefined ? undefined : this.#host.schedule.take(tick.order);
  }

  #find(isWanted: (appointment: Appointment) => boolean): Appointment | undefined {
    return this.#host.schedule.pending().find(isWanted);
  }

  #describe({ at, order, subject }: Appointment, isHeld: boolean): NextEvent | undefined {
    if (subject === undefined) return undefined;
    const common = { id: order, inMs: isHeld ? 0 : (at - this.#now) / 1000, isHeld };
    if (subject.type === 'datagram') return { ...common, ...describeMessage(subject.datagram) };
    const node = this.#host.node(subject.node);
    if (node?.isRunning !== true) return undefined;
    const name = nodeNameOf(node.id);
    const other = { node: name, message: null };
    switch (subject.type) {
      case 'tick': {
        const timer = timerOf(node, name);
        return { ...common, ...other, ...timer, inMs: common.inMs + timer.inMs };
      }
      case 'write':
        return { ...common, ...other, kind: 'write', text: `${name}: a write is stored`, detail: '' };
      case 'turn':
        return { ...common, ...other, kind: 'turn', text: `${name}: takes a turn`, detail: 'with what has come' };
      case 'timer':
        return { ...common, ...other, kind: 'timer', text: `${name}: a wait ends`, detail: 'no election or heartbeat' };
    }
  }
}

function gone(): LabError {
  return new LabError('refused', 'this has happened already, or is gone: look at what comes next');
}

/** How many ticks a node's timer still runs: its election timer, or until a leader's next heartbeat at the latest. */
function ticksLeft({ role, randomizedElectionTimeoutTicks, electionElapsedTicks, heartbeatTicks }: RaftStatus): number {
  return role === 'leader' ? heartbeatTicks : Math.max(1, randomizedElectionTimeoutTicks - electionElapsedTicks);
}

function timerOf(node: SimulatedNode, name: NodeName): Pick<NextEvent, 'kind' | 'text' | 'detail' | 'inMs'> {
  const status = node.status();
  if (status === undefined || status.role === 'leader') {
    return { kind: 'heartbeat-timer', text: `${name}: its clock ticks`, detail: 'leader', inMs: 0 };
  }
  const inMs = (ticksLeft(status) - 1) * node.tickMicros / 1000;
  return {
    kind: 'election-timer', text: `election timer of ${name}`, detail: `term ${status.term} → ${status.term + 1}`, inMs,
  };
}

function describeMessage(datagram: Datagram): Pick<NextEvent, 'kind' | 'node' | 'text' | 'detail' | 'message'> {
  const message = messageIn(datagram);
  const way = `${fullNodeName(datagram.from)} → ${fullNodeName(datagram.to)}`;
  const what = message === null ? 'a part of a message' : messageInWords(message.summary);
  const detail = message === null ? '' : `term ${message.summary.term}`;
  return { kind: 'message', node: nodeNameOf(datagram.to), text: `${way}: ${what}`, detail, message };
}

/** What is in a datagram; null where it is a part of a longer message. */
function messageIn({ bytes, from }: Datagram): Message | null {
  const decoded = decodeDatagram(bytes, { labDigest: SIMULATED_LAB_DIGEST, opener: undefined });
  if (!decoded.ok || (decoded.kind !== 'message' && decoded.kind !== 'snapshot')) return null;
  const message = decoded.kind === 'message' ? decoded.message : decoded.snapshotMessage;
  return { from: nodeNameOf(from), summary: summaryOfAny(message), messageId: messageIdOf(decoded.header) };
}
