/**
 * The cluster as the window knows it: a fold over the lab's trace events. Thousands of events arrive, so the view is
 * plain data outside Vue's reactivity, and `version` changes once per frame of the components to signal a change.
 * While a moment of the past is shown (stores/history.ts), the present goes on being folded behind it.
 */
import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { AttachAnswer, EventBatch } from '../../contract/answers.ts';
import type { LabErrorData } from '../../contract/errors.ts';
import { applyEvent } from '../../trace/fold.ts';
import { nodeNumberOfName } from '../../trace/names.ts';
import type { NodeName } from '../../trace/names.ts';
import type { TraceEvent } from '../../trace/events.ts';
import type { ClusterView, NodeView } from '../../trace/view.ts';
import { useBridge } from '../bridge/index.ts';
import { useActions } from './actions.ts';
import { EventRing } from './eventRing.ts';
import { useFrameStore } from './frames.ts';
import { useTimeStore } from './time.ts';

/** How many of the latest events the window keeps for the event list. Older ones are paged from main. */
export const RECENT_EVENTS_MAX = 5000;
/** The most batches that wait while the window attaches; if there are more, it attaches again instead. */
const WAITING_BATCHES_MAX = 256;
/**
 * The pause between two attempts after an attach that left a gap again, so that a slow window does not become slower.
 */
const REATTACH_PAUSE_MS = 250;

export type ClusterStatus = 'connecting' | 'live' | 'error';

interface Published {
  readonly version: number;
  readonly view: ClusterView | null;
}

/** A copy of one node's view for components. It never changes: a changed node is a new object. */
function snapshotOf(node: NodeView): NodeView {
  const { tail, votes, progress, sendingSnapshots } = node;
  return {
    ...node, tail: [...tail], votes: { ...votes }, progress: { ...progress }, sendingSnapshots: { ...sendingSnapshots },
  };
}

/** Copies of all nodes of a view, in the order of their numbers. */
function snapshotsOf(view: ClusterView | null): readonly NodeView[] {
  return Object.values(view?.nodes ?? {})
    .map(snapshotOf)
    .sort((left, right) => nodeNumberOfName(left.name) - nodeNumberOfName(right.name));
}

/** The names, as the same array for as long as they are the same. */
function namesOf(nodes: readonly NodeView[], previous: readonly NodeName[] | undefined): readonly NodeName[] {
  const names = nodes.map(({ name }) => name);
  return previous?.join() === names.join() ? previous : names;
}

export const useClusterStore = defineStore('cluster', () => {
  const bridge = useBridge();
  const actions = useActions();
  const frames = useFrameStore();
  const time = useTimeStore();

  const presentStatus = shallowRef<ClusterStatus>('connecting');
  const error = shallowRef<LabErrorData | null>(null);
  const selected = shallowRef<NodeName | null>(null);
  const droppedEvents = shallowRef(0);
  /** Counts the traces: another one when the events before were replaced, also by a step back of a simulated lab. */
  const presentTraceNumber = shallowRef(0);
  /** Counts the moments of the past that were gone to, and the ways back: what was shown before is void. */
  const moves = shallowRef(0);
  /** What components see of the present: a new object for each frame in which events were folded. */
  const present = shallowRef<Published>({ version: 0, view: null });
  /** What they see of the past; null while the present is shown. */
  const past = shallowRef<Published | null>(null);
  let lastVersion = 0;

  const events = new EventRing(RECENT_EVENTS_MAX);
  const pastEvents = new EventRing(RECENT_EVENTS_MAX);
  let current: ClusterView | null = null;
  let waiting: EventBatch[] = [];
  let attaching = false;
  let attachWanted = false;
  /** The branch of a simulated lab in which the window attached; null in a live one. */
  let branch: number | null = null;
  let newestBatch = -1;
  let acknowledgedBatch = -1;
  let stopListening: (() => void) | null = null;

  const isPast = computed(() => past.value !== null);
  /** `live`: there is a cluster to be shown, be it the present one or a past one. */
  const status = computed<ClusterStatus>(() => (isPast.value ? 'live' : presentStatus.value));
  const version = computed(() => (past.value ?? present.value).version);
  const presentVersion = computed(() => present.value.version);
  const traceNumber = computed(() => presentTraceNumber.value + moves.value);
  /** Whether there is a lab that anything can be asked of. */
  const hasLab = computed(() => present.value.view !== null);
  /** Whether none is open, as after the open one was deleted; a lab that did not open is another matter. */
  const noLabOpen = computed(() => presentStatus.value === 'error' && error.value?.code === 'no-open-lab');

  /**
   * The view that is shown, for canvases and for brief reads; null until attached. It is changed in place: a reader
   * depends on `version` and must not keep parts of it.
   */
  function view(): ClusterView | null {
    return (past.value ?? present.value).view;
  }

  /** The view of the open lab as it is now, whatever is shown: for what acts on it. */
  function presentView(): ClusterView | null {
    return present.value.view;
  }

  const presentNodes = computed(() => snapshotsOf(present.value.view));
  const nodes = computed(() => (past.value === null ? presentNodes.value : snapshotsOf(past.value.view)));
  const nodeNames = computed<readonly NodeName[]>((previous) => namesOf(nodes.value, previous));
  const presentNames = computed<readonly NodeName[]>((previous) => namesOf(presentNodes.value, previous));
  /** The leader of the highest term among the running nodes: the only one that can commit. */
  const leader = computed<NodeView | null>(() => {
    const leaders = nodes.value.filter((node) => node.life === 'running' && node.role === 'leader');
    return leaders.toSorted((left, right) => right.term - left.term)[0] ?? null;
  });
  const selectedNode = computed<NodeView | null>(
    () => nodes.value.find((node) => node.name === selected.value) ?? null,
  );

  /** One node's snapshot, or null when the lab has no such node. */
  function node(name: NodeName): NodeView | null {
    return nodes.value.find((candidate) => candidate.name === name) ?? null;
  }

  function select(name: NodeName | null): void {
    selected.value = name;
  }

  /** Components see the folded events in their next frame. Main may send more after the canvases' next. */
  function requestFrames(): void {
    if (document.hidden) {
      queueMicrotask(goOnUnseen);
      return;
    }
    frames.requestComponents(publish);
    frames.requestCanvas(acknowledge);
  }

  /** A hidden window gets no frames, not even those that it had asked for. Main would send nothing, and drop events. */
  function goOnUnseen(): void {
    if (!document.hidden) return;
    publish();
    acknowledge();
  }

  function acknowledge(): void {
    if (newestBatch <= acknowledgedBatch) return;
    acknowledgedBatch = newestBatch;
    void actions.ask('events:acknowledge', { batch: newestBatch });
  }

  function publish(): void {
    lastVersion += 1;
    present.value = { version: lastVersion, view: current };
  }

  function publishPast(shown: ClusterView): void {
    lastVersion += 1;
    past.value = { version: lastVersion, view: shown };
  }

  /** Shows a moment of the past, with the events that led there. The view becomes the store's own. */
  function showPast(shown: ClusterView, recentEvents: readonly TraceEvent[]): void {
    pastEvents.clear();
    for (const event of recentEvents) pastEvents.push(event);
    moves.value += 1;
    publishPast(shown);
  }

  /** Goes on from the moment of the past that is shown, by the events that follow it. */
  function advancePast(following: readonly TraceEvent[]): void {
    const shown = past.value?.view ?? null;
    if (shown === null || following.length === 0) return;
    for (const event of following) {
      applyEvent(shown, event);
      pastEvents.push(event);
    }
    frames.requestComponents(publishAdvance);
  }

  function publishAdvance(): void {
    if (past.value?.view) publishPast(past.value.view);
  }

  function backToPresent(): void {
    if (past.value === null) return;
    past.value = null;
    moves.value += 1;
    publish();
  }

  /** Folds a batch. Returns false and folds nothing if events between the view and the batch are missing. */
  function fold(target: ClusterView, batch: EventBatch): boolean {
    if (batch.firstSeq > target.seq + 1) return false;
    for (const event of batch.events) {
      if (event.seq <= target.seq) continue; // already in the view that we attached with
      applyEvent(target, event);
      events.push(event);
    }
    return true;
  }

  function receive(batch: EventBatch): void {
    newestBatch = Math.max(newestBatch, batch.batch);
    droppedEvents.value += batch.dropped;
    if (attaching || current === null) {
      waiting.push(batch);
      if (waiting.length > WAITING_BATCHES_MAX) waiting.shift();
    } else if (!fold(current, batch)) {
      void attach();
    }
    requestFrames();
  }

  /** Whether the answer is of the trace that is known. A lab that was opened again begins a new one. */
  function continues({ view: next, recentEvents, time: now }: AttachAnswer): boolean {
    if (current?.labId !== next.labId || next.seq < current.seq || branch !== (now?.branch ?? null)) return false;
    // After a long way on in a simulated lab there is a hole, which is read page by page like everything earlier.
    if (now !== undefined && (recentEvents[0]?.seq ?? 0) > current.seq + 1) return false;
    const knownUpToMs = current.atMs;
    return !recentEvents.some(({ type, atMs }) => type === 'labOpened' && atMs > knownUpToMs);
  }

  /** Takes over the whole view. What the event list already has of this trace stays. */
  function begin(answer: AttachAnswer): void {
    if (!continues(answer)) {
      events.clear();
      droppedEvents.value = 0;
      presentTraceNumber.value += 1;
    }
    branch = answer.time?.branch ?? null;
    time.begin(answer.time ?? null, current?.labId !== answer.view.labId);
    const newestSeq = events.newest?.seq ?? 0;
    for (const event of answer.recentEvents) if (event.seq > newestSeq) events.push(event);
    current = answer.view;
    if (selected.value !== null && current.nodes[selected.value] === undefined) selected.value = null;
  }

  /** No lab can be shown: nothing of the one that was open stays. */
  function fail(reason: LabErrorData): void {
    current = null;
    waiting = [];
    events.clear();
    time.begin(null, true);
    droppedEvents.value = 0;
    presentTraceNumber.value += 1;
    selected.value = null;
    error.value = reason;
    presentStatus.value = 'error';
    publish();
  }

  /** Folds the batches that arrived during an attach. False when one of them leaves a gap. */
  function foldWaiting(target: ClusterView): boolean {
    const batches = waiting;
    waiting = [];
    return batches.every((batch) => fold(target, batch));
  }

  /** Requests the whole view from main and continues with the batches that arrived meanwhile. */
  async function attach(): Promise<void> {
    attachWanted = true;
    if (attaching) return;
    attaching = true;
    while (attachWanted) {
      attachWanted = false;
      const reply = await actions.ask('lab:attach', {});
      if (!reply.ok) {
        fail(reply.error);
        continue;
      }
      begin(reply.value);
      if (foldWaiting(reply.value.view)) {
        error.value = null;
        presentStatus.value = 'live';
        publish();
      } else {
        attachWanted = true;
        await new Promise((resolve) => setTimeout(resolve, REATTACH_PAUSE_MS));
      }
    }
    attaching = false;
  }

  /**
   * Another lab is open, or a simulated one is at another moment. Its view stands until the next is there: a step back
   * must not take the stage away.
   */
  function labChanged(): void {
    if (!time.isSimulated) presentStatus.value = 'connecting';
    waiting = [];
    void attach();
  }

  /** Starts to listen and attaches; also used to try again. `stop` ends it. */
  async function start(): Promise<void> {
    stop();
    const stopEvents = bridge.onEvents(receive);
    const stopLab = bridge.onLabChanged(labChanged);
    const stopTime = bridge.onTime(time.tell);
    document.addEventListener('visibilitychange', goOnUnseen);
    stopListening = () => {
      document.removeEventListener('visibilitychange', goOnUnseen);
      stopEvents();
      stopLab();
      stopTime();
    };
    presentStatus.value = 'connecting';
    await attach();
  }

  function stop(): void {
    stopListening?.();
    stopListening = null;
  }

  return {
    version, status, error, hasLab, noLabOpen, selected, droppedEvents, traceNumber, nodes, nodeNames, leader,
    selectedNode, view, node, events: () => (past.value === null ? events : pastEvents), select, start, stop,
    isPast, showPast, advancePast, backToPresent,
    presentVersion, presentTraceNumber, presentNodes, presentNames, presentView, presentEvents: () => events,
  };
});
