/** The space-time diagram of what the window shows: it grows with the events, and backwards page by page. */
import { shallowRef, watch } from 'vue';
import type { Ref } from 'vue';
import { SpaceTime } from '../../history/spaceTime/model.ts';
import type { TraceEvent } from '../../trace/events.ts';
import { useActions } from '../stores/actions.ts';
import { useClusterStore } from '../stores/cluster.ts';
import { firstAfter } from '../stores/eventRing.ts';
import { useHistoryStore } from '../stores/history.ts';

/** Beyond this the older half is forgotten. */
export const EVENTS_MAX = 120_000;
const PAGE_EVENTS = 1000;

export interface ShownSpaceTime {
  /** With the events up to now taken in. */
  readonly current: () => SpaceTime;
  /** Changes when earlier events have come. */
  readonly pageVersion: Readonly<Ref<number>>;
  /** Asks for the events before the oldest that is known, where there are any. */
  readonly loadEarlier: () => void;
}

/** Call in a component's set-up. */
export function useSpaceTime(): ShownSpaceTime {
  const actions = useActions();
  const cluster = useClusterStore();
  const history = useHistoryStore();
  const pageVersion = shallowRef(0);
  let model = new SpaceTime();
  let known: TraceEvent[] = [];
  let isLoading = false;
  let isWhole = false;
  let generation = 0;

  watch(() => cluster.traceNumber, () => {
    generation += 1;
    isLoading = false;
    isWhole = false;
    rebuild([]);
  }, { flush: 'sync' });

  function rebuild(events: TraceEvent[]): void {
    known = events;
    model = new SpaceTime();
    for (const event of known) model.add(event);
  }

  function current(): SpaceTime {
    const events = cluster.events();
    for (let position = firstAfter(events, model.lastSeq); position < events.length; position++) {
      const event = events.at(position);
      if (event === undefined) continue;
      known.push(event);
      model.add(event);
    }
    if (known.length > EVENTS_MAX) rebuild(known.slice(-EVENTS_MAX / 2));
    return model;
  }

  async function load(): Promise<void> {
    const asked = generation;
    isLoading = true;
    const { firstSeq } = model;
    const reply = cluster.isPast
      ? await history.readEvents(firstSeq, PAGE_EVENTS) : await actions.readEvents(firstSeq, PAGE_EVENTS);
    if (asked !== generation) return;
    isLoading = false;
    if (!reply.ok || reply.value.length === 0) {
      isWhole = true;
      return;
    }
    rebuild([...reply.value, ...known]);
    pageVersion.value += 1;
  }

  function loadEarlier(): void {
    if (isLoading || isWhole || model.firstSeq <= 1 || known.length + PAGE_EVENTS > EVENTS_MAX) return;
    void load();
  }

  return { current, pageVersion, loadEarlier };
}
