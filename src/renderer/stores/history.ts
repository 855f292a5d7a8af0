/**
 * The past that can be walked through: which recording is at hand (the open lab's own, or one from a file), the moment
 * of it that is shown, and time that goes on from there. Without a moment the window shows the present: LIVE.
 */
import { defineStore } from 'pinia';
import { computed, shallowRef, watch } from 'vue';
import { HISTORY_EVENTS_MAX } from '../../contract/history.ts';
import type {
  HistoryMoment, HistoryNote, HistoryOf, HistoryOverview, HistoryStatus, JumpUnit,
} from '../../contract/history.ts';
import { Playback } from '../history/playback.ts';
import { useActions } from './actions.ts';
import { useClusterStore } from './cluster.ts';
import { useTimeStore } from './time.ts';
import { useToastStore } from './toasts.ts';
import { useWindowStore } from './window.ts';

/** How often it is asked how far the open lab's recording has come. */
const STATUS_EVERY_MS = 2000;
const PLAY_EVERY_MS = 40;
export const PLAY_SPEED_LEAST = 0.1;
export const PLAY_SPEED_MAX = 100;
const NOTHING: HistoryOverview = { marks: [], density: [] };

export interface ShownMoment {
  readonly seq: number;
  readonly atMs: number;
}

type Direction = 'next' | 'previous';
type Place = { readonly seq: number } | { readonly atMs: number };
type Wish = Place | { readonly direction: Direction; readonly unit: JumpUnit };

export const useHistoryStore = defineStore('history', () => {
  const actions = useActions();
  const cluster = useClusterStore();
  const time = useTimeStore();
  const toasts = useToastStore();
  const windowState = useWindowStore();

  /** The recording of the open lab; null where nothing is recorded. */
  const lab = shallowRef<HistoryStatus | null>(null);
  /** The one that was opened from a file. */
  const file = shallowRef<HistoryStatus | null>(null);
  const overview = shallowRef<HistoryOverview>(NOTHING);
  const notes = shallowRef<readonly HistoryNote[]>([]);
  /** Null: LIVE. */
  const moment = shallowRef<ShownMoment | null>(null);
  /** What a step goes to, unless another unit is said. */
  const unit = shallowRef<JumpUnit>('event');
  const speed = shallowRef(1);
  const isPlaying = shallowRef(false);
  const isGoing = shallowRef(false);

  let waiting: Wish | null = null;
  /** Counts what makes answers that are under way void: another recording, the way back to LIVE. */
  let visit = 0;
  let stopFollowing: (() => void) | null = null;
  let statusTimer = 0;
  let playTimer = 0;

  const of = computed<HistoryOf | null>(() => (file.value !== null ? 'file' : lab.value === null ? null : 'lab'));
  const status = computed(() => file.value ?? lab.value);
  const isPast = computed(() => moment.value !== null);
  /** Why nothing can be changed now; null: the present is shown. */
  const refusal = computed(() => {
    if (file.value !== null) return 'A recording cannot be changed: go to LIVE.';
    return isPast.value ? 'The past cannot be changed: go to LIVE.' : null;
  });

  /** Asks how far the open lab's recording has come, and what a tape shows of it. */
  async function refresh(): Promise<void> {
    const asked = visit;
    const reply = await actions.ask('history:status', { of: 'lab' });
    if (!reply.ok || asked !== visit) return;
    const isMore = reply.value?.toSeq !== lab.value?.toSeq;
    lab.value = reply.value;
    if (file.value === null && isMore) await readOverview();
  }

  async function readOverview(): Promise<void> {
    const asked = visit;
    const recording = of.value;
    if (recording === null) {
      overview.value = NOTHING;
      notes.value = [];
      return;
    }
    const reply = await actions.ask('history:overview', { of: recording });
    if (reply.ok && asked === visit) overview.value = reply.value;
  }

  async function readNotes(): Promise<void> {
    const asked = visit;
    const recording = of.value;
    const reply = recording === null ? null : await actions.ask('history:notes', { of: recording });
    if (reply?.ok === true && asked === visit) notes.value = reply.value;
  }

  /** Goes to another moment; while one is sought, only the newest wish is kept. */
  async function go(wish: Wish): Promise<void> {
    hold();
    waiting = wish;
    if (isGoing.value || of.value === null) return;
    isGoing.value = true;
    try {
      for (let next: Wish | null = wish; next !== null; next = waiting) {
        waiting = null;
        await arrive(next);
      }
    } finally {
      isGoing.value = false;
    }
  }

  async function arrive(wish: Wish): Promise<void> {
    const recording = of.value;
    const asked = visit;
    if (recording === null) return;
    const place = 'unit' in wish ? await jump(recording, wish.unit, wish.direction) : wish;
    if (place === null || asked !== visit) return;
    const reply = await actions.ask('history:moment', { of: recording, ...place });
    if (asked !== visit) return;
    if (reply.ok) show(reply.value, place);
    else if (waiting === null) toasts.showError(reply.error);
  }

  /** The event that a jump leads to; null, and said, where there is none. */
  async function jump(recording: HistoryOf, by: JumpUnit, direction: Direction): Promise<Place | null> {
    const asked = visit;
    if (moment.value === null) await refresh();
    const fromSeq = moment.value?.seq ?? status.value?.toSeq ?? 0;
    const reply = await actions.ask('history:jump', { of: recording, fromSeq, direction, unit: by });
    if (asked !== visit) return null;
    if (!reply.ok) toasts.showError(reply.error);
    else if (reply.value === null) {
      toasts.show('info', `There is no ${direction === 'next' ? 'later' : 'earlier'} ${by} in the recording.`);
    }
    return reply.ok && reply.value !== null ? { seq: reply.value.seq } : null;
  }

  function show({ view, recentEvents }: HistoryMoment, place: Place): void {
    // The stage's tools change the present.
    if (moment.value === null) windowState.setStageTool('select');
    moment.value = { seq: view.seq, atMs: 'atMs' in place ? Math.max(view.atMs, place.atMs) : view.atMs };
    tellTime();
    cluster.showPast(view, recentEvents);
  }

  function tellTime(): void {
    if (moment.value !== null) {
      time.tellPast({ atMs: moment.value.atMs, speed: speed.value, runs: isPlaying.value });
    }
  }

  /** Back to the present of the open lab. A recording from a file is closed. */
  function live(): void {
    leave();
    if (file.value !== null) {
      file.value = null;
      void actions.ask('history:close', {});
      void readAll();
    }
  }

  function leave(): void {
    visit += 1;
    hold();
    waiting = null;
    moment.value = null;
    time.tellPast(null);
    cluster.backToPresent();
  }

  async function readAll(): Promise<void> {
    overview.value = NOTHING;
    notes.value = [];
    await Promise.all([readOverview(), readNotes()]);
  }

  function hold(): void {
    window.clearInterval(playTimer);
    isPlaying.value = false;
    tellTime();
  }

  /** Lets time go on from the shown moment; at the end of a file, from its beginning. */
  async function play(): Promise<void> {
    const whole = status.value;
    if (whole === null || moment.value === null) return;
    if (file.value !== null && moment.value.seq >= whole.toSeq) await go({ seq: whole.fromSeq });
    hold();
    const playback = new Playback(moment.value.seq, moment.value.atMs);
    isPlaying.value = true;
    tellTime();
    let lastMs = performance.now();
    let isReading = false;
    const own = window.setInterval(() => {
      const nowMs = performance.now();
      if (!isReading) {
        isReading = true;
        void readAhead(playback).then((isRead) => {
          isReading = false;
          if (!isRead && playTimer === own) hold();
        });
      }
      goOn(playback, (nowMs - lastMs) * speed.value);
      lastMs = nowMs;
    }, PLAY_EVERY_MS);
    playTimer = own;
  }

  /** @returns false where the recording cannot be read */
  async function readAhead(playback: Playback): Promise<boolean> {
    const afterSeq = playback.wantedAfterSeq;
    const recording = of.value;
    if (afterSeq === null || recording === null) return true;
    const reply = await actions.run('history:events', { of: recording, afterSeq, count: HISTORY_EVENTS_MAX });
    if (reply !== null) playback.add(reply.value);
    return reply !== null;
  }

  function goOn(playback: Playback, byMs: number): void {
    const due = playback.goOn(byMs);
    cluster.advancePast(due);
    moment.value = { seq: due.at(-1)?.seq ?? moment.value?.seq ?? 0, atMs: playback.atMs };
    if (!playback.isOver) tellTime();
    else if (file.value === null) live();
    else hold();
  }

  /** At LIVE the picture is held as it is now. */
  function toggle(): void {
    if (isPlaying.value) hold();
    else if (moment.value === null) void goToEnd();
    else void play();
  }

  async function goToEnd(): Promise<void> {
    if (file.value === null) await refresh();
    const seq = status.value?.toSeq ?? 0;
    if (seq > 0) await go({ seq });
  }

  /** Takes the recording that a person has opened from a file, and shows its end. */
  async function takeFile(opened: HistoryStatus): Promise<void> {
    leave();
    file.value = opened;
    void readAll();
    await goToEnd();
  }

  async function openFile(): Promise<void> {
    const answer = await actions.run('history:open', {});
    if (answer?.value) await takeFile(answer.value);
  }

  type NoteCommand = 'history:addNote' | 'history:changeNote' | 'history:deleteNote';
  async function keepNotes(answer: ReturnType<typeof actions.run<NoteCommand>>): Promise<boolean> {
    const kept = await answer;
    if (kept !== null) notes.value = kept.value;
    return kept !== null;
  }

  /** Writes words to the shown moment; at LIVE, to the present one. */
  async function addNote(text: string): Promise<boolean> {
    if (moment.value === null) await refresh();
    const seq = moment.value?.seq ?? status.value?.toSeq ?? 0;
    const recording = of.value;
    return recording !== null && keepNotes(actions.run('history:addNote', { of: recording, seq, text }));
  }

  async function changeNote(note: number, text: string): Promise<boolean> {
    return of.value !== null && keepNotes(actions.run('history:changeNote', { of: of.value, note, text }));
  }

  async function deleteNote(note: number): Promise<boolean> {
    return of.value !== null && keepNotes(actions.run('history:deleteNote', { of: of.value, note }));
  }

  function setSpeed(value: number): void {
    speed.value = Math.min(PLAY_SPEED_MAX, Math.max(PLAY_SPEED_LEAST, value));
    tellTime();
  }

  /** Another lab has another past. What a file holds is of no lab here. */
  function forgetLab(before: string | undefined): void {
    // Who opens another lab wants to see that. The first one opens by itself, perhaps after the file.
    if (before !== undefined) live();
    lab.value = null;
    void refresh().then(() => (file.value === null ? readNotes() : undefined));
  }

  /** Follows the open lab's recording. `stop` ends it. */
  function start(): void {
    stop();
    stopFollowing = watch(() => cluster.presentView()?.labId, (_, before) => { forgetLab(before); });
    void refresh().then(readNotes);
    statusTimer = window.setInterval(() => {
      // Also where there is none yet: a lab is shown before its recording is open.
      if (cluster.hasLab && !time.isSimulated && file.value === null && !document.hidden) void refresh();
    }, STATUS_EVERY_MS);
  }

  function stop(): void {
    stopFollowing?.();
    window.clearInterval(statusTimer);
    hold();
  }

  return {
    lab, file, of, status, overview, notes, moment, unit, speed, isPlaying, isGoing, isPast, refusal,
    start, stop, refresh, live, hold, play, toggle, setSpeed, takeFile, openFile, addNote, changeNote, deleteNote,
    goTo: (place: Place) => go(place),
    goToEnd,
    goToBeginning: () => go({ seq: status.value?.fromSeq ?? 0 }),
    jump: (direction: Direction, by: JumpUnit) => go({ direction, unit: by }),
    step: (by: JumpUnit = unit.value) => go({ direction: 'next', unit: by }),
    back: (by: JumpUnit = unit.value) => go({ direction: 'previous', unit: by }),
    /** The events before one of the shown recording, oldest first. */
    readEvents: (beforeSeq: number, count: number) =>
      actions.ask('history:page', { of: of.value ?? 'lab', beforeSeq, count }),
  };
});
