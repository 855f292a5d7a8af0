/** An event's time and raw form in the list, and the text that the filter searches. */
import { wordsFor } from '../../trace/words.ts';
import { useClusterStore } from '../stores/cluster.ts';
import { secondsText } from '../../trace/timeWords.ts';
import type { ListedEvent } from './eventParts.ts';

/** Events contain only the start of values; a row that is still longer would be slow to lay out. */
export const RAW_LENGTH_MAX = 40_000;

const two = (number: number) => String(number).padStart(2, '0');

/** The time of day on this machine with milliseconds: `12:04:31.702`. */
export function clockTime(atMs: number): string {
  const date = new Date(atMs);
  const seconds = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${seconds}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** @returns how the times of events are written: by the clock, or in seconds since a simulated lab began */
export function useTimeText(): (atMs: number) => string {
  const cluster = useClusterStore();
  return (atMs) => ((cluster.view()?.seed ?? null) === null ? clockTime(atMs) : secondsText(atMs));
}

/** The event as in the trace, as JSON with spaces between the fields; cut if it is too long to show. */
export function rawJson({ parts: _parts, repeats: _repeats, ...event }: ListedEvent): string {
  const text = JSON.stringify(event, null, 1).replaceAll(/\n\s*/g, ' ');
  if (text.length <= RAW_LENGTH_MAX) return text;
  return `${text.slice(0, RAW_LENGTH_MAX)}\n… ${text.length - RAW_LENGTH_MAX} more characters`;
}

/** The text that the filter searches, including parts: `n3 became leader of term 4 … Raft §5.2`. */
export function eventText(event: ListedEvent): string {
  const { subject, sentence, detail } = wordsFor(event);
  return [`${subject} ${sentence} ${detail}`, ...(event.parts ?? []).map(eventText)].join('\n');
}
