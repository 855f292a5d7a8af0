/** The scenario in the window: its file, its run in a simulated lab, and who lets its lines go on. */
import { defineStore } from 'pinia';
import { computed, shallowRef, watch } from 'vue';
import type { ScenarioFile } from '../../contract/answers.ts';
import { LAB_NAME_MAX } from '../../contract/commands.ts';
import { LabError } from '../../contract/errors.ts';
import { readableName } from '../../contract/names.ts';
import { parseScenario } from '../../scenario/parseScenario.ts';
import type { Scenario, ScenarioProblem } from '../../scenario/scenario.ts';
import { ScenarioRun } from '../../scenario/scenarioRun.ts';
import type { Verdict } from '../../scenario/scenarioRun.ts';
import { summaryLine, wordsOf } from '../../scenario/scenarioWords.ts';
import { useBridge } from '../bridge/index.ts';
import { useActions } from '../stores/actions.ts';
import { useClusterStore } from '../stores/cluster.ts';
import { useToastStore } from '../stores/toasts.ts';
import { LabOfScenario } from './labOfScenario.ts';

/** A line as the panel shows it. */
export interface ScenarioRow {
  readonly line: number;
  readonly text: string;
  /** Null: its turn has not come. */
  readonly verdict: Verdict | null;
  readonly isPresent: boolean;
  /** What came of it. */
  readonly words: readonly string[];
}

interface Progress {
  readonly scenario: Scenario;
  readonly rows: readonly ScenarioRow[];
  readonly summary: string;
  readonly isOver: boolean;
}

export const useScenarioStore = defineStore('scenario', () => {
  const bridge = useBridge();
  const actions = useActions();
  const cluster = useClusterStore();
  const toasts = useToastStore();

  const file = shallowRef<ScenarioFile | null>(null);
  const problems = shallowRef<readonly ScenarioProblem[]>([]);
  const progress = shallowRef<Progress | null>(null);
  /** A line is being carried out, or the lab is being made. */
  const isBusy = shallowRef(false);
  /** One line follows the other. */
  const goesOn = shallowRef(false);
  let run: ScenarioRun | null = null;
  let lab: LabOfScenario | null = null;

  function leave(): void {
    goesOn.value = false;
    lab?.leave();
    run?.close();
    run = null;
    lab = null;
  }

  function show(present: ScenarioRun): void {
    const { upcoming, scenario } = present;
    const results = new Map(present.results.map((result) => [result.line, result]));
    progress.value = {
      scenario,
      rows: scenario.lines.map(({ line, text }) => {
        const result = results.get(line);
        return {
          line, text, verdict: result?.verdict ?? null, isPresent: line === upcoming?.line,
          words: result === undefined ? [] : wordsOf(result, present),
        };
      }),
      summary: results.size === 0 ? '' : summaryLine(present.results),
      isOver: upcoming === null,
    };
  }

  /** Another scenario may have been opened meanwhile, or none. */
  function isPresent(candidate: LabOfScenario | null): boolean {
    return lab === candidate;
  }

  /** Makes the lab as a file says, and stands before its first line. */
  async function open(chosen: ScenarioFile): Promise<void> {
    leave();
    file.value = chosen;
    progress.value = null;
    const parsed = parseScenario(chosen.text);
    problems.value = parsed.ok ? [] : parsed.problems;
    if (!parsed.ok) return;
    const own = new LabOfScenario(bridge);
    lab = own;
    isBusy.value = true;
    try {
      const labName = readableName(chosen.name.replace(/\.lab$/i, ''), LAB_NAME_MAX, 'Scenario');
      const begun = await ScenarioRun.begin(parsed.scenario, { service: own, labName });
      if (!isPresent(own)) return;
      run = begun;
      show(begun);
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      toasts.showError(error.toData());
      if (isPresent(own)) close();
    } finally {
      if (isPresent(own) || isPresent(null)) isBusy.value = false;
    }
  }

  /** Asks for a file and opens it. */
  async function choose(): Promise<void> {
    const answer = await actions.run('scenario:choose', {});
    if (answer !== null && answer.value !== null) await open(answer.value);
  }

  async function next(): Promise<void> {
    const present = run;
    if (present === null || isBusy.value) return;
    isBusy.value = true;
    try {
      await present.next();
    } finally {
      if (run === present) show(present);
      isBusy.value = false;
    }
  }

  /** Carries out one line after the other, until it is held or over. */
  async function goOn(): Promise<void> {
    const present = run;
    if (present === null || goesOn.value || isBusy.value) return;
    goesOn.value = true;
    const isWanted = (): boolean => goesOn.value && run === present && present.upcoming !== null;
    while (isWanted()) await next();
    if (run === present) goesOn.value = false;
  }

  function close(): void {
    leave();
    file.value = null;
    problems.value = [];
    progress.value = null;
    isBusy.value = false;
  }

  // Its lines are for its own lab alone.
  watch(() => cluster.presentView()?.labId ?? null, (labId, former) => {
    if (lab !== null && lab.labId === former && lab.labId !== labId) close();
  });

  return {
    file, problems, isBusy, goesOn,
    rows: computed(() => progress.value?.rows ?? []),
    summary: computed(() => progress.value?.summary ?? ''),
    isOpen: computed(() => file.value !== null),
    isOver: computed(() => progress.value?.isOver === true),
    isReady: computed(() => progress.value !== null && !progress.value.isOver),
    choose, open, next, goOn, close,
    /** After the line that is being carried out. */
    hold: () => { goesOn.value = false; },
    again: () => (file.value === null ? Promise.resolve() : open(file.value)),
  };
});
