/** The state of the event list: its filter, whether it follows the cluster or stands still, and what it shows. */
import { useThrottleFn } from '@vueuse/core';
import { computed, onScopeDispose, shallowRef, triggerRef, watch } from 'vue';
import type { TraceEvent } from '../../trace/events.ts';
import { useClusterStore } from '../stores/cluster.ts';
import { EventArchive, countNewer } from './eventArchive.ts';
import { DEFAULT_FILTER, filterTest } from './eventFilter.ts';
import type { EventFilter, EventText } from './eventFilter.ts';

/** Nobody reads faster, and a list that is laid out anew in every frame costs the stage its smoothness. */
const REFRESH_EVERY_MS = 100;

/**
 * The events for the list, newest first.
 *
 * The list either follows the cluster, or it is held: while a person scrolls, walks with the keys or has paused it, it
 * stands still on a copy of what it showed, however much comes in, and counts what is new.
 */
export function useEventList(textOf: EventText) {
  const cluster = useClusterStore();
  const filter = shallowRef<EventFilter>(DEFAULT_FILTER);
  const paused = shallowRef(false);

  /** Outside Vue's reactivity, since it holds thousands of events; `archive` is triggered when it changed. */
  const archive = shallowRef(new EventArchive(filterTest(filter.value, textOf)));
  /** The newest seq that a held list shows; null while it follows. */
  const heldAtSeq = shallowRef<number | null>(null);
  const heldEvents = shallowRef<readonly TraceEvent[]>([]);
  let labId: string | null = null;
  let lastSeq = 0;
  let searchFrame = 0;

  const isHeld = computed(() => heldAtSeq.value !== null);
  const length = computed(() => (isHeld.value ? heldEvents.value.length : archive.value.length));
  /** How many events came in since the list is held. */
  const newCount = computed(() => (heldAtSeq.value === null ? 0 : archive.value.newerThan(heldAtSeq.value)));
  const keptCount = computed(() => archive.value.keptCount);
  const matchCount = computed(() => archive.value.length);

  /** The event in a row; row 0 is the newest shown. */
  function at(row: number): TraceEvent | undefined {
    return isHeld.value ? heldEvents.value[row] : archive.value.at(row);
  }

  /** The row that shows the event with this seq; -1 when none does. */
  function rowOf(seq: number): number {
    const row = countNewer(isHeld.value ? heldEvents.value : archive.value, seq);
    return at(row)?.seq === seq ? row : -1;
  }

  function copyHeldEvents(): void {
    const events: TraceEvent[] = [];
    for (let index = newCount.value; index < archive.value.length; index += 1) {
      const event = archive.value.at(index);
      if (event !== undefined) events.push(event);
    }
    heldEvents.value = events;
  }

  /** Makes the list stand still. */
  function hold(): void {
    if (isHeld.value) return;
    heldAtSeq.value = archive.value.at(0)?.seq ?? 0;
    copyHeldEvents();
  }

  /** Lets the list follow the cluster again, unless it is paused. */
  function follow(): void {
    if (paused.value) return;
    heldAtSeq.value = null;
    heldEvents.value = [];
  }

  function setPaused(value: boolean): void {
    paused.value = value;
    if (value) hold();
    else follow();
  }

  /** Shows what came in meanwhile; a paused list stays paused, at the newest event. */
  function showNew(): void {
    heldAtSeq.value = null;
    if (paused.value) hold();
    else follow();
  }

  /** Searches what is left of the past, a slice a frame. */
  function searchPast(): void {
    const more = archive.value.searchPast();
    triggerRef(archive);
    if (isHeld.value) copyHeldEvents();
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
    const history = cluster.events();
    if (view === null) return;
    if (view.labId !== labId || view.seq < lastSeq) {
      labId = view.labId;
      archive.value.clear();
      paused.value = false;
      follow();
    }
    lastSeq = view.seq;
    archive.value.follow(history);
    triggerRef(archive);
  }

  watch(() => cluster.version, useThrottleFn(takeIn, REFRESH_EVERY_MS, true, true), { immediate: true });
  onScopeDispose(() => cancelAnimationFrame(searchFrame));

  return {
    filter, setFilter, paused, setPaused, isHeld, hold, follow, showNew,
    length, newCount, keptCount, matchCount, at, rowOf,
  };
}

export type EventList = ReturnType<typeof useEventList>;
