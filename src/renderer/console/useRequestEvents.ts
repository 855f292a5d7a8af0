/** What the asked nodes tell of the console's commands: what those wait for, and what became of an unknown outcome. */
import { watch } from 'vue';
import type { TraceEvent } from '../../trace/events.ts';
import { useClusterStore } from '../stores/cluster.ts';
import { firstAfter } from '../stores/eventRing.ts';
import type { Decision, Transcript } from './transcript.ts';

/** Keeps the transcript's exchanges up to date. Call in a component's set-up. */
export function useRequestEvents(transcript: Transcript): void {
  const cluster = useClusterStore();
  let followedSeq = 0;
  let traceNumber = cluster.presentTraceNumber;

  watch(() => cluster.presentVersion, () => {
    const history = cluster.presentEvents();
    const newestSeq = history.newest?.seq ?? 0;
    if (cluster.presentTraceNumber !== traceNumber) followedSeq = 0;
    traceNumber = cluster.presentTraceNumber;
    for (let index = firstAfter(history, followedSeq); index < history.length; index += 1) {
      const event = history.at(index);
      if (event !== undefined) note(transcript, event);
    }
    followedSeq = newestSeq;
  });
}

function note(transcript: Transcript, event: TraceEvent): void {
  switch (event.type) {
    case 'clientWaits': {
      const exchange = transcript.exchangeOf(event.requestId);
      if (exchange !== undefined) exchange.waits = event;
      return;
    }
    case 'clientDecided': {
      const exchange = transcript.exchangeOf(event.requestId);
      if (exchange !== undefined) exchange.decision = decision(event.isApplied, event.detail);
      return;
    }
    case 'clientAnswered': {
      // A node that was paused answers when it is resumed, also where the lab has given the command up meanwhile.
      const exchange = transcript.exchangeOf(event.requestId);
      if (exchange?.answer?.tone !== 'unknown' || event.outcome === 'unknown') return;
      exchange.decision = decision(event.outcome === 'ok', event.detail);
      return;
    }
    default:
  }
}

function decision(isApplied: boolean, detail: string): Decision {
  return { isApplied, text: isApplied ? 'decided: it was applied' : 'decided: it never takes effect', detail };
}
