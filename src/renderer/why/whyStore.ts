/** The explanation that the window shows: of which event, and the chain that leads to it. */
import { defineStore } from 'pinia';
import { shallowRef, watch } from 'vue';
import { whyOf } from '../../history/why/whyOf.ts';
import type { WhyChain, WhyLink } from '../../history/why/whyChain.ts';
import type { TraceEvent } from '../../trace/events.ts';
import { useActions } from '../stores/actions.ts';
import { useClusterStore } from '../stores/cluster.ts';
import { useHistoryStore } from '../stores/history.ts';
import { useToastStore } from '../stores/toasts.ts';
import { useWindowStore } from '../stores/window.ts';

const PAGE_EVENTS = 1000;
/** So far back causes are looked for. */
const PAGES_MAX = 8;

export const useWhyStore = defineStore('why', () => {
  const actions = useActions();
  const cluster = useClusterStore();
  const history = useHistoryStore();
  const toasts = useToastStore();
  const view = useWindowStore();

  /** Null: nothing is explained, and the inspector stands there. */
  const event = shallowRef<TraceEvent | null>(null);
  /** Null while the events before it are read. */
  const chain = shallowRef<WhyChain | null>(null);
  /** What it was asked of: a number means another event in the open lab's trace than in a recording. */
  let isOfPast = false;

  async function ask(effect: TraceEvent): Promise<void> {
    event.value = effect;
    chain.value = null;
    isOfPast = history.isPast;
    const before = await eventsBefore(effect);
    if (event.value === effect) chain.value = whyOf(effect, before);
  }

  /** The events before one, oldest first: what can be read of them. */
  async function eventsBefore(effect: TraceEvent): Promise<readonly TraceEvent[]> {
    let events: readonly TraceEvent[] = [];
    for (let page = 0; page < PAGES_MAX && event.value === effect; page += 1) {
      const beforeSeq = events[0]?.seq ?? effect.seq;
      const asked = { beforeSeq, count: PAGE_EVENTS };
      const reply = beforeSeq < 1 ? null : isOfPast && history.of !== null
        ? await actions.ask('history:page', { of: history.of, ...asked }) : await actions.ask('events:page', asked);
      if (reply?.ok === false) toasts.showError(reply.error);
      if (reply?.ok !== true || reply.value.length === 0) break;
      events = [...reply.value, ...events];
    }
    return events;
  }

  function close(): void {
    event.value = null;
    chain.value = null;
  }

  // Whoever chooses a node wants to look into it; another lab has other events.
  watch(() => [cluster.selected, cluster.status] as const, close);

  /** Goes to the moment of a link where it is recorded; otherwise to its event in the list. */
  function goTo({ event: cause }: WhyLink): void {
    if (cause === null) return;
    if (history.of === null) view.showEvent(cause.seq);
    else void history.goTo(isOfPast ? { seq: cause.seq } : { atMs: cause.atMs });
  }

  return { event, chain, ask, close, goTo };
});
