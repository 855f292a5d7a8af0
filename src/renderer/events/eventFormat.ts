/** How an event's time and raw form are written in the list. */
import type { TraceEvent } from '../../trace/events.ts';

/** An event in words: the sentence, and a quiet detail that may be empty. */
export interface EventWords {
  readonly sentence: string;
  readonly detail: string;
}

/** A value of 32 KiB fits; more would make the row slow to lay out. */
export const RAW_LENGTH_MAX = 40_000;

const two = (number: number) => String(number).padStart(2, '0');

/** The time of day on this machine with milliseconds: `12:04:31.702`. */
export function clockTime(atMs: number): string {
  const date = new Date(atMs);
  const seconds = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${seconds}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** The event as it stands in the trace, indented; cut where it is too long to show. */
export function rawJson(event: TraceEvent): string {
  const text = JSON.stringify(event, null, 2);
  if (text.length <= RAW_LENGTH_MAX) return text;
  return `${text.slice(0, RAW_LENGTH_MAX)}\n… ${text.length - RAW_LENGTH_MAX} more characters`;
}
