/** Events as a log for ShiViz: each with a vector clock, made from the messages that joined the nodes. */
import { nodeNameOf } from '../../trace/names.ts';
import type { TraceEvent } from '../../trace/events.ts';
import { wordsFor } from '../../trace/words.ts';

/** A message that is not received after so many others is taken for lost. */
const SENT_MAX = 100_000;

type VectorClock = Record<string, number>;

/** What ShiViz is to be told to read the lines with. */
export const SHIVIZ_PARSER = '(?<host>\\S*) (?<clock>{.*})\\n(?<event>.*)';

/** The lines, each with its end. Events of the lab itself are a host of their own. */
export function* shivizLines(events: Iterable<TraceEvent>): Generator<string, void> {
  const clocks = new Map<string, VectorClock>();
  const sent = new Map<string, VectorClock>();
  yield `${SHIVIZ_PARSER}\n\n`;
  for (const event of events) {
    const host = event.node === 0 ? 'lab' : nodeNameOf(event.node);
    const clock = clocks.get(host) ?? {};
    if (event.type === 'messageReceived') merge(clock, sent.get(event.messageId));
    clock[host] = (clock[host] ?? 0) + 1;
    clocks.set(host, clock);
    if (event.type === 'messageSent') {
      sent.set(event.messageId, { ...clock });
      const [oldest] = sent.keys();
      if (sent.size > SENT_MAX && oldest !== undefined) sent.delete(oldest);
    }
    yield `${host} ${JSON.stringify(clock)}\n${textOf(event)}\n`;
  }
}

function merge(clock: VectorClock, other: VectorClock | undefined): void {
  for (const [host, count] of Object.entries(other ?? {})) clock[host] = Math.max(clock[host] ?? 0, count);
}

/** In one line: ShiViz reads line by line. */
function textOf(event: TraceEvent): string {
  const { sentence, detail } = wordsFor(event);
  return `${sentence} ${detail}`.replaceAll(/\s+/g, ' ').trim();
}
