/** Events in words, as the list shows and searches them. */
import type { TraceEvent } from '../../trace/events.ts';
import { fullNodeName } from '../../trace/names.ts';
import type { ClusterView } from '../../trace/view.ts';
import type { EventWords } from './eventFormat.ts';

/** The sentence for an event, with its quiet detail. */
export function wordsOf(event: TraceEvent, _view: ClusterView | null): EventWords {
  return { sentence: event.type, detail: '' };
}

/** What the text filter looks into: the node's name, the sentence and its detail. */
export function eventText(event: TraceEvent, view: ClusterView | null): string {
  const { sentence, detail } = wordsOf(event, view);
  return `${event.node === 0 ? 'lab' : fullNodeName(event.node)} ${sentence} ${detail}`;
}
