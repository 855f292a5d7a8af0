/** The state of the event list: its filter, whether it follows the cluster or is held, and what it shows. */
import { useThrottleFn } from '@vueuse/core';
import { computed, onScopeDispose, shallowRef, triggerRef, watch } from 'vue';
import { useActions } from '../stores/actions.ts';
import { useClusterStore } from '../stores/cluster.ts';
import type { EventHistory } from '../stores/eventRing.ts';
import { useHistoryStore } from '../stores/history.ts';
import { EarlierEvents } from './earlierEvents.ts';
import type { PastState } from './earlierEvents.ts';
import { EventArchive } from './eventArchive.ts';
import { DEFAULT_FILTER, filterTest, wantsRoutine } from './eventFilter.ts';
import type { EventFilter, EventText } from './eventFilter.ts';
import type { ListedEvent } from './eventParts.ts';

/** Nobody reads faster, and a layout in every frame would make the stage less smooth. */
const REFRESH_EVERY_MS = 250;

/**
 * The events for the list, newest first.
 *
 * The list either follows the cluster, or it is held while a person scrolls, uses the keys or has paused it. A held
 * list shows a copy of its rows, whatever arrives, and counts the new events. Only a held list grows at its old end,
 * page by page from the lab; when it follows again, these pages are dropped.
 */
export function useEventList(textOf: EventText) {
  const cluster = useClusterStore();
  const actions = useActions();
  const history = useHistoryStore();
  const filter = shallowRef<EventFilter>(DEFAULT_FILTER);
  const paused = shallowRef(false);

  /** Outside Vue's reactivity, because it holds thousands of events; `archive` is triggered when it has changed. */
  const archive = shallowRef(new EventArchive(filterTest(filter.value, textOf)));
  /** What a held list shows: the matches up to a seq. Null while it follows. */
  const held = shallowRef<{ readonly upToSeq: number; readonly events: readonly ListedEvent[] } | null>(null);
  const earlier = new EarlierEvents((beforeSeq, count) =>
    (history.isPast ? history : actions).readEvents(beforeSeq, count));
  let labId: string | null = null;
  let traceNumber = cluster.traceNumber;
  let searchFrame = 0;

  const isHeld = computed(() => held.value !== null);
  const length = computed(() => held.value?.events.length ?? archive.value.length);
  /** How many events have arrived since the list was held. */
  const newCount = computed(() => (held.value === null ? 0 : archive.value.countSince(held.value.upToSeq)));
  const keptCount = computed(() => archive.value.keptCount);
  const matchCount = computed(() => archive.value.length);

  /** What is available from before the last row. */
  const past = computed<PastState>(() => {
    if (held.value !== null) return earlier.state.value;
    return archive.value.knownFromSeq(wantsRoutine(filter.value)) <= 1 ? 'beginning' : 'more';
  });

  /** The event in a row; row 0 is the newest shown. */
  function at(row: number): ListedEvent | undefined {
    return held.value === null ? archive.value.at(row) : held.value.events[row];
  }

  /** The row that shows the event with this seq; -1 when none does. */
  function rowOf(seq: number): number {
    for (let row = 0; row < length.value; row += 1) if (at(row)?.seq === seq) return row;
    return -1;
  }

  function holdAt(upToSeq: number): void {
    held.value = { upToSeq, events: archive.value.matchesUpTo(upToSeq) };
    earlier.restart(archive.value.knownFromSeq(wantsRoutine(filter.value)));
  }

  /** Holds the list and adds a page of earlier events. */
  async function loadEarlier(): Promise<void> {
    hold();
    await earlier.load({
      rows: () => held.value?.events ?? [],
      show: (events) => { if (held.value !== null) held.value = { ...held.value, events }; },
    }, filterTest(filter.value, textOf));
  }

  /** Holds the list. */
  function hold(): void {
    if (held.value === null) holdAt(archive.value.followedSeq);
  }

  /** Lets the list follow the cluster again, unless it is paused. */
  function follow(): void {
    if (!paused.value) held.value = null;
  }

  function setPaused(value: boolean): void {
    paused.value = value;
    if (value) hold();
    else follow();
  }

  /** Shows the events that arrived meanwhile; a paused list stays paused, at the newest event. */
  function showNew(): void {
    held.value = null;
    if (paused.value) hold();
  }

  /** Searches the rest of the past, one slice per frame. */
  function searchPast(): void {
    const more = archive.value.searchPast();
    triggerRef(archive);
    if (held.value !== null) holdAt(held.value.upToSeq);
    searchFrame = more ? requestAnimationFrame(searchPast) : 0;
  }

  function setFilter(next: EventFilter): void {
    filter.value = next;
    archive.value.setTest(filterTest(next, textOf));
    cancelAnimationFrame(searchFrame);
    searchPast();
  }

  function takeIn(): void {
    const view = cluster.view();
    const events = cluster.events();
    if (view === null) {
      if (labId !== null) forget(null);
      return;
    }
    if (view.labId !== labId) forget(view.labId);
    else if (cluster.traceNumber !== traceNumber) {
      beginAnew(events);
      return;
    }
    traceNumber = cluster.traceNumber;
    archive.value.follow(events);
    triggerRef(archive);
  }

  /** The same lab at another moment, with other events: a list that is held stays where it is, and shows those. */
  function beginAnew(events: EventHistory): void {
    traceNumber = cluster.traceNumber;
    archive.value.clear();
    archive.value.follow(events);
    triggerRef(archive);
    if (held.value !== null) holdAt(archive.value.followedSeq);
  }

  /** What was listed is of a lab that is no longer the open one. */
  function forget(next: string | null): void {
    labId = next;
    archive.value.clear();
    paused.value = false;
    follow();
    triggerRef(archive);
  }

  watch(() => cluster.version, useThrottleFn(takeIn, REFRESH_EVERY_MS, true, true), { immediate: true });
  onScopeDispose(() => cancelAnimationFrame(searchFrame));

  return {
    filter, setFilter, paused, setPaused, isHeld, hold, follow, showNew,
    length, newCount, keptCount, matchCount, at, rowOf, past, loadEarlier,
  };
}

export type EventList = ReturnType<typeof useEventList>;
