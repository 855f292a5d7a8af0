/** The span of time that a diagram shows: it follows the moment that is shown, or stays where a person has put it. */
import { computed, shallowRef } from 'vue';
import type { ComputedRef, Ref } from 'vue';
import type { Pace } from '../../trace/events.ts';
import { useClusterStore } from '../stores/cluster.ts';

/** How much of the past is seen at first: some rounds of heartbeats. */
const SPANS_MS: Readonly<Record<Pace, number>> = { fast: 1500, class: 10_000, slow: 30_000 };
const SPAN_MS_MIN = 2;
const SPAN_MS_MAX = 2 * 3_600_000;
/** The part of the span that stays free after the newest moment. */
const AHEAD = 0.03;

export interface TimeFrame {
  readonly span: ComputedRef<number>;
  readonly isFollowing: ComputedRef<boolean>;
  /** The span as it is now. */
  readonly range: () => { readonly fromMs: number; readonly toMs: number };
  readonly pan: (byMs: number) => void;
  /** `around`: the part of the span that stays where it is; 1 is its end. */
  readonly zoom: (factor: number, around: number) => void;
  /** Moves the span so that a moment is in it. */
  readonly reveal: (atMs: number) => void;
  readonly follow: () => void;
  /** Changes when the span was put elsewhere. */
  readonly version: Readonly<Ref<number>>;
}

/** Call in a component's set-up. */
export function useTimeFrame(): TimeFrame {
  const cluster = useClusterStore();
  const chosenSpan = shallowRef<number | null>(null);
  const heldToMs = shallowRef<number | null>(null);
  const version = shallowRef(0);

  const nowMs = (): number => cluster.view()?.atMs ?? 0;
  const pace = computed(() => (cluster.version === 0 ? undefined : cluster.view()?.pace) ?? 'class');
  const span = computed(() => chosenSpan.value ?? SPANS_MS[pace.value]);
  const endMs = (): number => heldToMs.value ?? nowMs() + span.value * AHEAD;

  function range(): { fromMs: number; toMs: number } {
    const toMs = endMs();
    return { fromMs: toMs - span.value, toMs };
  }

  function holdAt(toMs: number): void {
    const newest = nowMs() + span.value * AHEAD;
    heldToMs.value = toMs >= newest && !cluster.isPast ? null : toMs;
    version.value += 1;
  }

  function zoom(factor: number, around: number): void {
    const toMs = endMs();
    const before = span.value;
    const next = Math.min(SPAN_MS_MAX, Math.max(SPAN_MS_MIN, before * factor));
    chosenSpan.value = next;
    if (heldToMs.value !== null) heldToMs.value = toMs + (next - before) * (1 - around);
    version.value += 1;
  }

  function reveal(atMs: number): void {
    const { fromMs, toMs } = range();
    if (atMs < fromMs || atMs > toMs) holdAt(atMs + span.value / 2);
  }

  return {
    span, range, zoom, reveal, version,
    isFollowing: computed(() => heldToMs.value === null),
    pan: (byMs) => { holdAt(endMs() + byMs); },
    follow: () => {
      heldToMs.value = null;
      version.value += 1;
    },
  };
}
