/** Puts the trace's message events onto the flight deck, in the order in which they happened. */
import { watch } from 'vue';
import type { DropReason, MessageSummary, TraceEvent } from '../../trace/events.ts';
import { nodeNameOf, nodeNumberOf, nodeNumberOfName } from '../../trace/names.ts';
import type { ClusterView } from '../../trace/view.ts';
import { useLabClock } from '../lan/labClock.ts';
import { useClusterStore } from '../stores/cluster.ts';
import { useTimeStore } from '../stores/time.ts';
import { AT_THE_DOOR, FlightDeck } from './flights.ts';
import { hangingMessages, recordedHanging } from './hanging.ts';
import { HELD_FRACTION } from './heldMarks.ts';
import { PictureClock } from './pictureClock.ts';

/**
 * Nodes are threads that report in batches of 16 ms, so an answer may be reported before its question. Events are held
 * back for this long so that they can be sorted by their own times.
 */
const HOLD_MS = 40;
/** The most events that wait: beyond this, all are processed at once. */
const WAITING_MAX = 4000;
/** The most that a start in the picture may differ from the frame's time, whatever a node's clock says. */
const SKEW_MAX_MS = 60;
const HALFWAY = 0.5;

/** Reasons for which the sender's side of the link drops a datagram: it is lost on the way, not at the receiver. */
const ON_THE_WAY: ReadonlySet<DropReason> = new Set<DropReason>([
  'cut', 'loss', 'by-hand', 'hold-full', 'queue-full', 'send-failed',
]);

type MessageTraceEvent = TraceEvent & { readonly type: 'messageSent' | 'messageReceived' | 'messageDropped' };

function isMessageEvent(event: TraceEvent): event is MessageTraceEvent {
  return event.type === 'messageSent' || event.type === 'messageReceived' || event.type === 'messageDropped';
}

export interface FlightOptions {
  /** Where the wall crosses the way from one node number to another, as a fraction; null when it does not. */
  readonly wallAt: (from: number, to: number) => number | null;
  /** Messages are in flight: the picture must move. */
  readonly onTraffic: () => void;
}

/**
 * The deck, filled while the calling component lives. Its pictures have a clock of their own, which stands still while
 * the time of a simulated lab is held: then the messages that are under way hang on their links.
 * @returns `pictureMs`: the picture's clock in a frame. `takeDue`: call it once a frame with that; true while events
 * still wait
 */
export function useFlights(options: FlightOptions) {
  const cluster = useClusterStore();
  const time = useTimeStore();
  const labNowMs = useLabClock();
  const deck = new FlightDeck();
  let waiting: MessageTraceEvent[] = [];
  let lastSeq = -1;
  let traceNumber = -1;
  const clock = new PictureClock();
  /** What the hanging messages were made from. */
  let hangingFrom: readonly unknown[] = [];

  function deathFraction(from: number, to: number, reason: DropReason): number {
    if (!ON_THE_WAY.has(reason)) return AT_THE_DOOR;
    if (reason === 'by-hand' || reason === 'hold-full') return HELD_FRACTION;
    return reason === 'cut' ? options.wallAt(from, to) ?? HALFWAY : HALFWAY;
  }

  /** How long a message takes at least, in the picture's time: a simulated network and a link's setting can be slow. */
  function delayMsOf(sender: number, receiver: number, view: ClusterView, rate: number): number {
    const { min = 0, max = 0 } = time.status?.simulation.network.delayMs ?? {};
    const linkMs = view.links[`${nodeNameOf(sender)}>${nodeNameOf(receiver)}`]?.faults.delayMs ?? 0;
    return ((min + max) / 2 + linkMs) / rate;
  }

  /** Shows what is under way at a moment that is held, and nothing else. */
  function hang(nowMs: number, view: ClusterView): void {
    const status = time.settled;
    const from = [status, view, cluster.version];
    if (!cluster.isPast && status === null) return;
    if (from.every((value, place) => value === hangingFrom[place])) return;
    hangingFrom = from;
    waiting = [];
    deck.clear();
    deck.setPace(view.pace);
    const hanging = status === null
      ? recordedHanging(view.messages, labNowMs())
      : hangingMessages(view.messages, status.next, status.atMs);
    for (const { message, fraction } of hanging) {
      const { messageId, from: sender, to: receiver, message: summary } = message;
      deck.hang(messageId, nodeNumberOfName(sender), nodeNumberOfName(receiver), summary, nowMs, fraction);
    }
  }

  /** @param startMs the event's time on the picture's clock */
  function take(event: MessageTraceEvent, view: ClusterView, startMs: number, rate: number): void {
    const { messageId } = event;
    if (messageId === undefined) return;
    const sender = event.type === 'messageSent' ? event.node : event.from ?? event.node;
    const receiver = event.type === 'messageReceived' ? event.node : event.to ?? event.node;
    const from = nodeNumberOf(sender);
    const to = nodeNumberOf(receiver);
    const summary: MessageSummary | undefined = event.message;
    if (summary !== undefined && from !== to) {
      deck.sent(messageId, from, to, summary, startMs, delayMsOf(sender, receiver, view, rate));
    }
    if (event.type === 'messageReceived') deck.arrived(messageId);
    if (event.type === 'messageDropped') deck.lost(messageId, deathFraction(from, to, event.reason), startMs);
  }

  function takeDue(nowMs: number): boolean {
    collect();
    const view = cluster.view();
    const rate = time.rate();
    if (view !== null && rate === 0) hang(nowMs, view);
    if (view === null || rate === 0 || waiting.length === 0) return false;
    hangingFrom = [];
    const epochMs = labNowMs();
    const dueMs = waiting.length > WAITING_MAX ? Number.POSITIVE_INFINITY : epochMs - HOLD_MS * rate;
    deck.setPace(view.pace);
    // The events are almost in order, and the engine's sort is fast for that.
    waiting.sort((a, b) => a.atMs - b.atMs);
    let taken = 0;
    for (const event of waiting) {
      if (event.atMs > dueMs && event.atMs < epochMs + SKEW_MAX_MS * rate) break;
      const startMs = nowMs + (event.atMs - epochMs) / rate + HOLD_MS;
      take(event, view, Math.min(nowMs + SKEW_MAX_MS, Math.max(nowMs - SKEW_MAX_MS, startMs)), rate);
      taken += 1;
    }
    if (taken > 0) waiting = waiting.slice(taken);
    return waiting.length > 0;
  }

  /** Collects the new events since the last call. */
  function collect(): void {
    const view = cluster.view();
    const events = cluster.events();
    const newestSeq = events.newest?.seq ?? 0;
    if (view === null) return;
    if (cluster.traceNumber !== traceNumber) {
      // Events from before this picture are history, not traffic.
      traceNumber = cluster.traceNumber;
      lastSeq = newestSeq;
      waiting = [];
      deck.clear();
      return;
    }
    let position = events.length;
    while (position > 0 && (events.at(position - 1)?.seq ?? 0) > lastSeq) position -= 1;
    lastSeq = newestSeq;
    if (document.hidden) {
      waiting = [];
      return;
    }
    for (; position < events.length; position++) {
      const event = events.at(position);
      if (event !== undefined && isMessageEvent(event)) waiting.push(event);
    }
    if (waiting.length > 0) options.onTraffic();
  }

  // A picture that stands still is woken by what components see; one that moves looks for itself.
  watch(() => cluster.version, collect, { immediate: true });
  return { deck, pictureMs: (frameMs: number) => clock.at(frameMs, time.rate() === 0), takeDue };
}
