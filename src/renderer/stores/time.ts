/**
 * The time of a simulated lab, which a person runs, holds, steps and takes back. A live lab has none. While a moment of
 * the past is shown (stores/history.ts), the window's clocks go by that moment, and the lab's own time goes on unseen.
 */
import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { CommandInput } from '../../contract/commands.ts';
import type { StepUnit, TimeAnswers, TimeCommandName, TimeStatus } from '../../contract/time.ts';
import { joined } from '../time/journeys.ts';
import type { Journey } from '../time/journeys.ts';
import { VirtualClock } from '../time/virtualClock.ts';
import type { ToldTime } from '../time/virtualClock.ts';
import { useActions } from './actions.ts';

/** The commands that are answered with the time as it is afterwards. */
type Moving = { [Name in TimeCommandName]: TimeAnswers[Name] extends TimeStatus ? Name : never }[TimeCommandName];

/** A step takes less. */
const SEEKING_SHOWN_AFTER_MS = 250;

export const useTimeStore = defineStore('time', () => {
  const actions = useActions();

  const labStatus = shallowRef<TimeStatus | null>(null);
  const isPast = shallowRef(false);
  const pastClock = new VirtualClock();
  /** Null in a live lab, and while the past is shown. */
  const status = computed(() => (isPast.value ? null : labStatus.value));
  /** What a step goes to, unless another unit is said. */
  const unit = shallowRef<StepUnit>('event');
  /** Counts the ways to other moments that began here: what is compared with the moment before watches it. */
  const departures = shallowRef(0);
  /** Whether one is under way. */
  const isGoing = shallowRef(false);
  /** The time before the present way to another moment began: panels must not flicker with each step. */
  const labSettled = shallowRef<TimeStatus | null>(null);
  const settled = computed(() => (isPast.value ? null : labSettled.value));
  /** Whether a way takes so long that it must be said. */
  const isSeeking = shallowRef(false);
  let seekingTimer = 0;
  const clock = new VirtualClock();
  let waiting: Journey | null = null;

  const isSimulated = computed(() => status.value !== null);
  const isHeld = computed(() => settled.value?.state === 'held');
  const isRunning = computed(() => settled.value?.state === 'running');

  /**
   * The time of the lab in which the window attached; null for a live one.
   * @param isOther whether it is another lab than before: what was asked of that one is void
   */
  function begin(time: TimeStatus | null, isOther: boolean): void {
    if (isOther) waiting = null;
    if (time !== null) {
      take(time);
      return;
    }
    window.clearTimeout(seekingTimer);
    labStatus.value = null;
    labSettled.value = null;
    isSeeking.value = false;
  }

  function take(time: TimeStatus): void {
    labStatus.value = time;
    clock.tell({ atMs: time.atMs, speed: time.speed, runs: time.state === 'running' }, performance.now());
    window.clearTimeout(seekingTimer);
    if (time.state === 'seeking') {
      seekingTimer = window.setTimeout(() => { isSeeking.value = true; }, SEEKING_SHOWN_AFTER_MS);
      return;
    }
    labSettled.value = time;
    isSeeking.value = false;
  }

  /** Takes what the lab tells of its time, if its lab is the open one. */
  function tell(time: TimeStatus): void {
    if (labStatus.value !== null) take(time);
  }

  /** The moment of the past that is shown, and whether time goes on from it; null: the present is shown. */
  function tellPast(told: ToldTime | null): void {
    isPast.value = told !== null;
    if (told !== null) pastClock.tell(told, performance.now());
  }

  /** The moment that is shown, in the lab's milliseconds; null for the present of a live lab. */
  function nowMs(): number | null {
    return isPast.value ? pastClock.nowMs(performance.now()) : presentMs();
  }

  /** The present moment of a simulated lab in virtual milliseconds, whatever is shown; null in a live one. */
  function presentMs(): number | null {
    return labStatus.value === null ? null : clock.nowMs(performance.now());
  }

  /** How fast time goes in what is shown: 1 in a live lab, 0 while it is held. */
  function rate(): number {
    if (isPast.value) return pastClock.rate;
    return status.value === null ? 1 : clock.rate;
  }

  async function send<Name extends Moving>(name: Name, input: CommandInput<Name>): Promise<boolean> {
    const answer = await actions.run(name, input);
    if (answer === null) return false;
    tell(answer.value);
    return true;
  }

  function sendJourney(journey: Journey): Promise<boolean> {
    if (journey.kind === 'seek') return send('time:seek', journey.to);
    return send(`time:${journey.kind}`, { unit: journey.unit, count: journey.count });
  }

  /** Goes to another moment; while one is sought, only the newest wish is kept. */
  async function go(journey: Journey): Promise<void> {
    if (status.value === null) return;
    if (isGoing.value) {
      waiting = joined(waiting, journey);
      return;
    }
    isGoing.value = true;
    try {
      for (let next: Journey | null = journey; next !== null;) {
        depart();
        await sendJourney(next);
        next = waiting;
        waiting = null;
      }
    } finally {
      isGoing.value = false;
    }
  }

  /** This moment is left: what is compared with it must look at it now. */
  function depart(): void {
    departures.value += 1;
  }

  /** Something that changes what comes next, from this moment on. */
  function change<Name extends Moving>(name: Name, input: CommandInput<Name>): Promise<boolean> {
    depart();
    return send(name, input);
  }

  /** Where the present branch ends, as far as it was run. */
  const end = computed(() => {
    const now = status.value;
    if (now === null) return { step: 0, atMs: 0 };
    const branch = now.branches.find((one) => one.branch === now.branch);
    return { step: Math.max(now.step, branch?.endStep ?? 0), atMs: Math.max(now.atMs, branch?.endMs ?? 0) };
  });

  return {
    status, settled, unit, departures, isGoing, isSeeking, isSimulated, isHeld, isRunning, end,
    begin, tell, tellPast, depart, send, go, change, nowMs, presentMs, rate,
    run: () => change('time:run', {}),
    hold: () => send('time:hold', {}),
    toggle: () => (isRunning.value || isSeeking.value ? send('time:hold', {}) : change('time:run', {})),
    setSpeed: (speed: number) => send('time:setSpeed', { speed }),
    step: (by: StepUnit = unit.value) => go({ kind: 'step', unit: by, count: 1 }),
    back: (by: StepUnit = unit.value) => go({ kind: 'back', unit: by, count: 1 }),
    seek: (to: { readonly step: number } | { readonly atMs: number }) => go({ kind: 'seek', to }),
    readTape: () => actions.ask('time:tape', {}),
    compareBranches: (branch: number, other: number) => actions.run('branch:compare', { branch, other }),
  };
});
