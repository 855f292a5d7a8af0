/**
 * Messages in flight, as the picture shows them. A real datagram takes a fraction of a millisecond, so each flight is
 * stretched until the eye can follow it, and an answer starts when its question has arrived in the picture. If there
 * are too many for the eye, only some are shown, and `sampling` says how many of how many.
 *
 * Nothing here allocates memory while the picture moves: flights come from a pool and return to it.
 */
import type { MessageSummary, Pace } from '../../trace/events.ts';
import { NODE_NUMBER_MAX } from '../../trace/names.ts';

type MessageType = MessageSummary['type'];

export type Glyph = 'square' | 'dot' | 'diamond' | 'page' | 'arrow';

interface Kind {
  readonly glyph: Glyph;
  /** Answers are drawn hollow. */
  readonly isReply: boolean;
  /** Which question and answer belong together. */
  readonly exchange: number;
  /** Rare messages are never left out while the pool has room: people look for them. */
  readonly isRare: boolean;
}

const kind = (glyph: Glyph, exchange: number, isReply = false, isRare = false): Kind =>
  ({ glyph, isReply, exchange, isRare });

/** How each message is drawn. A snapshot comes in many InstallSnapshots, one for each chunk: they are not rare. */
const MESSAGE_KINDS: Readonly<Record<MessageType, Kind>> = {
  AppendEntries: kind('square', 0),
  AppendEntriesResponse: kind('square', 0, true),
  InstallSnapshot: kind('page', 8),
  InstallSnapshotResponse: kind('page', 8, true),
  Heartbeat: kind('dot', 1),
  HeartbeatResponse: kind('dot', 1, true),
  RequestVote: kind('diamond', 2, false, true),
  RequestVoteResponse: kind('diamond', 2, true, true),
  PreVote: kind('diamond', 3, false, true),
  PreVoteResponse: kind('diamond', 3, true, true),
  ReadIndex: kind('arrow', 4),
  ReadIndexResponse: kind('arrow', 4, true),
  ForwardedProposal: kind('arrow', 5),
  TimeoutNow: kind('arrow', 6, false, true),
  TransferLeadership: kind('arrow', 7, false, true),
};
/** How a message is drawn. */
export function markOf(type: MessageType): Pick<Kind, 'glyph' | 'isReply'> {
  return MESSAGE_KINDS[type];
}

const EXCHANGES = 9;
const NODE_SLOTS = NODE_NUMBER_MAX + 1;

/** How long a flight lasts in the picture, and the least time between two of a kind on one link. */
export const FLIGHT_TIMES: Readonly<Record<Pace, { readonly flightMs: number; readonly spacingMs: number }>> = {
  fast: { flightMs: 280, spacingMs: 40 },
  class: { flightMs: 480, spacingMs: 80 },
  slow: { flightMs: 900, spacingMs: 120 },
};

/** A picture may lag behind its message by at most this many flights; beyond that it is left out. */
const LATENESS_MAX = 1.8;
/** How long a lost message's cross stays; it fades at the end. */
export const CROSS_MS = 900;
const FADE_MS = 350;
/** How long a message of unknown fate waits at the receiver: a paused node accepts nothing. */
const WAIT_MS = 1500;
/** The fraction of the way where a message ends if the receiver dropped it or was gone. */
export const AT_THE_DOOR = 0.94;

export type Fate = 'unknown' | 'arrived' | 'lost';

/** One flight. The object belongs to the pool: keep no reference beyond the frame. */
export interface Flight {
  messageId: string;
  from: number;
  to: number;
  kind: Kind;
  term: number;
  /** A refused vote or a rejected AppendEntries. */
  rejected: boolean;
  startMs: number;
  durationMs: number;
  fate: Fate;
  /** Where it was lost, as a fraction of the way; valid once `diedAtMs` is set. */
  deathFraction: number;
  /** When its cross appeared; 0 while it flies. */
  diedAtMs: number;
}

function idleFlight(): Flight {
  return {
    messageId: '', from: 0, to: 0, kind: MESSAGE_KINDS.Heartbeat, term: 0, rejected: false, startMs: 0, durationMs: 1,
    fate: 'unknown', deathFraction: 1, diedAtMs: 0,
  };
}

export interface Sampling {
  readonly shown: number;
  readonly total: number;
}

const BUCKET_MS = 250;
const BUCKETS = 4;
/** The size of each of the two sets of remembered messages: sending and arrival are reported in any order. */
const REMEMBERED_MAX = 2048;

export class FlightDeck {
  /** The first `count` flights are active. */
  readonly flights: readonly Flight[];
  count = 0;
  readonly #byMessage = new Map<string, Flight>();
  #seen = new Set<string>();
  #seenBefore = new Set<string>();
  readonly #pool: Flight[];
  #pace: Pace = 'class';
  /** For each directed pair and exchange: when the last question's picture arrives, and whether it was shown. */
  readonly #questionEndMs = new Float64Array(NODE_SLOTS * NODE_SLOTS * EXCHANGES);
  readonly #questionShown = new Uint8Array(NODE_SLOTS * NODE_SLOTS * EXCHANGES);
  readonly #lastStartMs = new Float64Array(NODE_SLOTS * NODE_SLOTS * EXCHANGES * 2);
  readonly #shown = new Uint32Array(BUCKETS);
  readonly #total = new Uint32Array(BUCKETS);
  #bucket = 0;

  /** @param capacity the most active flights; further messages are counted but not shown */
  constructor(capacity = 240) {
    this.#pool = Array.from({ length: capacity }, idleFlight);
    this.flights = this.#pool;
  }

  setPace(pace: Pace): void {
    this.#pace = pace;
  }

  clear(): void {
    this.count = 0;
    this.#byMessage.clear();
    this.#seen.clear();
    this.#seenBefore.clear();
    this.#questionEndMs.fill(0);
    this.#questionShown.fill(0);
    this.#lastStartMs.fill(0);
    this.#shown.fill(0);
    this.#total.fill(0);
  }

  /** Whether the message was already counted, shown or not. */
  knows(messageId: string): boolean {
    return this.#seen.has(messageId) || this.#seenBefore.has(messageId);
  }

  #remember(messageId: string): void {
    if (this.#seen.size >= REMEMBERED_MAX) {
      [this.#seen, this.#seenBefore] = [this.#seenBefore, this.#seen];
      this.#seen.clear();
    }
    this.#seen.add(messageId);
  }

  /**
   * A message was sent. A known message is not counted again.
   * @param from the sender's node number, 1–15
   * @param to the receiver's node number
   * @param nowMs the picture's clock
   * @param linkDelayMs the link's delay setting; the flight takes at least that long
   */
  sent(messageId: string, from: number, to: number, message: MessageSummary, nowMs: number, linkDelayMs = 0): void {
    if (this.knows(messageId)) return;
    this.#remember(messageId);
    this.#countTo(nowMs);
    this.#increment(this.#total);
    const messageKind = MESSAGE_KINDS[message.type];
    const { flightMs, spacingMs } = FLIGHT_TIMES[this.#pace];
    const question = this.#slot(to, from, messageKind.exchange);
    const own = this.#slot(from, to, messageKind.exchange);
    let startMs = nowMs;
    if (messageKind.isReply) {
      startMs = Math.max(nowMs, Math.min(this.#questionEndMs[question] ?? 0, nowMs + flightMs));
    }
    const lane = own * 2 + (messageKind.isReply ? 1 : 0);
    if (!messageKind.isRare) startMs = Math.max(startMs, (this.#lastStartMs[lane] ?? 0) + spacingMs);
    const tooLate = startMs - nowMs > flightMs * LATENESS_MAX;
    const orphan = messageKind.isReply && !messageKind.isRare && this.#questionShown[question] === 0;
    const shown = !tooLate && !orphan && this.count < this.#pool.length;
    const durationMs = Math.max(flightMs, linkDelayMs);
    if (!messageKind.isReply) this.#questionShown[own] = shown ? 1 : 0;
    if (!shown) return;
    if (!messageKind.isReply) this.#questionEndMs[own] = startMs + durationMs;
    this.#lastStartMs[lane] = startMs;
    this.#increment(this.#shown);
    const flight = this.#pool[this.count];
    if (flight === undefined) return;
    this.count += 1;
    this.#depart(flight, messageId, from, to, message);
    flight.startMs = startMs;
    flight.durationMs = durationMs;
  }

  /** Puts a message where it is on its way, as it stands while the time of a simulated lab is held. */
  hang(messageId: string, from: number, to: number, message: MessageSummary, nowMs: number, fraction: number): void {
    const flight = this.#pool[this.count];
    if (flight === undefined || this.knows(messageId)) return;
    this.#remember(messageId);
    this.count += 1;
    this.#depart(flight, messageId, from, to, message);
    flight.durationMs = FLIGHT_TIMES[this.#pace].flightMs;
    flight.startMs = nowMs - fraction * flight.durationMs;
  }

  #depart(flight: Flight, messageId: string, from: number, to: number, message: MessageSummary): void {
    flight.messageId = messageId;
    flight.from = from;
    flight.to = to;
    flight.kind = MESSAGE_KINDS[message.type];
    flight.term = message.term;
    flight.rejected = message.rejected === true || message.voteGranted === false;
    flight.fate = 'unknown';
    flight.deathFraction = 1;
    flight.diedAtMs = 0;
    this.#byMessage.set(messageId, flight);
  }

  arrived(messageId: string): void {
    const flight = this.#byMessage.get(messageId);
    if (flight?.fate === 'unknown') flight.fate = 'arrived';
  }

  /**
   * A message was lost at this fraction of its way; if the report is late, it ends where it is by then. A message that
   * has already arrived (a duplicate) is not changed.
   */
  lost(messageId: string, fraction: number, nowMs: number): void {
    const flight = this.#byMessage.get(messageId);
    if (flight?.fate !== 'unknown') return;
    flight.fate = 'lost';
    flight.deathFraction = Math.max(fraction, flightFraction(flight, nowMs));
  }

  /**
   * Updates the picture: lost messages end at their place, and finished flights return to the pool.
   * @param isGone whether a node no longer accepts anything (crashed, stopped, failed)
   */
  advance(nowMs: number, isGone: (nodeNumber: number) => boolean): void {
    this.#countTo(nowMs);
    for (let index = this.count - 1; index >= 0; index--) {
      const flight = this.#pool[index];
      if (flight !== undefined && this.#isOver(flight, nowMs, isGone)) this.#release(index);
    }
  }

  #isOver(flight: Flight, nowMs: number, isGone: (nodeNumber: number) => boolean): boolean {
    if (flight.diedAtMs > 0) return nowMs - flight.diedAtMs >= CROSS_MS;
    const fraction = (nowMs - flight.startMs) / flight.durationMs;
    if (flight.fate === 'unknown' && fraction >= AT_THE_DOOR && isGone(flight.to)) {
      flight.fate = 'lost';
      flight.deathFraction = AT_THE_DOOR;
    }
    if (flight.fate === 'lost' && fraction >= flight.deathFraction) {
      flight.diedAtMs = nowMs;
      return false;
    }
    if (fraction < 1) return false;
    return flight.fate === 'arrived' || nowMs - flight.startMs - flight.durationMs >= WAIT_MS;
  }

  #release(index: number): void {
    const last = this.count - 1;
    const flight = this.#pool[index];
    const moved = this.#pool[last];
    if (flight === undefined || moved === undefined) return;
    this.#byMessage.delete(flight.messageId);
    this.#pool[index] = moved;
    this.#pool[last] = flight;
    this.count = last;
  }

  /** How many of the sent messages were shown, over about the last second. */
  sampling(nowMs: number): Sampling {
    this.#countTo(nowMs);
    let shown = 0;
    let total = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      shown += this.#shown[bucket] ?? 0;
      total += this.#total[bucket] ?? 0;
    }
    return { shown, total };
  }

  #slot(from: number, to: number, exchange: number): number {
    return (from * NODE_SLOTS + to) * EXCHANGES + exchange;
  }

  #increment(counts: Uint32Array): void {
    const bucket = this.#bucket % BUCKETS;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }

  /** Empties the buckets that are out of date. */
  #countTo(nowMs: number): void {
    const bucket = Math.floor(nowMs / BUCKET_MS);
    if (bucket <= this.#bucket) return;
    for (let passed = Math.max(this.#bucket + 1, bucket - BUCKETS + 1); passed <= bucket; passed++) {
      this.#shown[passed % BUCKETS] = 0;
      this.#total[passed % BUCKETS] = 0;
    }
    this.#bucket = bucket;
  }
}

/** Where a flight is, as a fraction of the way: 0 before its start, and its last place once it was lost. */
export function flightFraction(flight: Flight, nowMs: number): number {
  if (flight.diedAtMs > 0) return flight.deathFraction;
  return Math.min(1, Math.max(0, (nowMs - flight.startMs) / flight.durationMs));
}

/** How visible a flight is: 0 before its start, fading as a cross or a waiting message ends. */
export function flightAlpha(flight: Flight, nowMs: number): number {
  if (nowMs < flight.startMs) return 0;
  const endMs = flight.diedAtMs > 0 ? flight.diedAtMs + CROSS_MS : flight.startMs + flight.durationMs + WAIT_MS;
  return Math.min(1, Math.max(0, (endMs - nowMs) / FADE_MS));
}
