/** Where messages stand on their links while time is held. */
import type { NextEvent } from '../../contract/time.ts';
import type { MessageView } from '../../trace/view.ts';

export interface HangingMessage {
  readonly message: MessageView;
  /** How far on its way it is, 0 to 1. */
  readonly fraction: number;
}

/** Clear of the discs at both ends of the link. */
const NEAREST = 0.08;
const FARTHEST = 0.92;
/** Two on one link stay this far apart, as long as there is room for them. */
const GAP = 0.09;

/**
 * The messages that are under way, each where its time has brought it.
 * @param next what comes next, with the arrivals of these messages
 */
export function hangingMessages(
  messages: readonly MessageView[], next: readonly NextEvent[], nowMs: number,
): readonly HangingMessage[] {
  const arrivals = new Map(next.flatMap(({ message, inMs }) =>
    (message === null ? [] : [[message.messageId, nowMs + inMs] as const])));
  const byLink = new Map<string, HangingMessage[]>();
  for (const message of messages) {
    const arrivesAtMs = arrivals.get(message.messageId);
    if (message.state !== 'travelling' || arrivesAtMs === undefined) continue;
    const wholeMs = arrivesAtMs - message.sentAtMs;
    const fraction = wholeMs <= 0 ? FARTHEST : (nowMs - message.sentAtMs) / wholeMs;
    const link = `${message.from}>${message.to}`;
    byLink.set(link, [...byLink.get(link) ?? [], { message, fraction }]);
  }
  return [...byLink.values()].flatMap(spread);
}

/** A message whose end was not told is not shown for longer. */
const UNDER_WAY_MAX_MS = 2000;
const HALFWAY = 0.5;

/** The messages that were under way at a moment of the past. How far they had come is not known. */
export function recordedHanging(messages: readonly MessageView[], nowMs: number): readonly HangingMessage[] {
  const byLink = new Map<string, HangingMessage[]>();
  for (const message of messages) {
    if (message.state !== 'travelling' || nowMs - message.sentAtMs > UNDER_WAY_MAX_MS) continue;
    const link = `${message.from}>${message.to}`;
    byLink.set(link, [...byLink.get(link) ?? [], { message, fraction: HALFWAY }]);
  }
  return [...byLink.values()].flatMap(spread);
}

/** Keeps those of one link apart; the one that is ahead stays ahead. */
function spread(hanging: readonly HangingMessage[]): HangingMessage[] {
  const gap = Math.min(GAP, (FARTHEST - NEAREST) / hanging.length);
  let limit = FARTHEST;
  return hanging.toSorted((left, right) => right.fraction - left.fraction).map(({ message, fraction }) => {
    const placed = Math.max(NEAREST, Math.min(fraction, limit));
    limit = placed - gap;
    return { message, fraction: placed };
  });
}
