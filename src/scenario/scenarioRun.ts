/** Runs a scenario line by line in a lab of its own, simulated or live, and tells of each line what came of it. */
import type { CommandAnswer, CommandInput, CommandName } from '../contract/commands.ts';
import {
  actionsFor, carryOutTime, describeError, describeNothingDone, describeOutcome, leaderOf, namesLeader, resolveTarget,
} from '../contract/console.ts';
import type { AnswerWords, LabAction, LabConsoleCommand, LabOutcome } from '../contract/console.ts';
import { LabError } from '../contract/errors.ts';
import type { TimeCommandName } from '../contract/time.ts';
import { parseCondition } from '../trace/conditions.ts';
import type { Condition } from '../trace/conditions.ts';
import type { TraceEvent } from '../trace/events.ts';
import type { NodeName } from '../trace/names.ts';
import type { ClusterView } from '../trace/view.ts';
import { nodeAskedBy } from './scenario.ts';
import type { Scenario, ScenarioLine, ScenarioStep } from './scenario.ts';
import { answeredInVirtualTime } from './virtualTime.ts';
import { WatchedView } from './watchedView.ts';
import type { Watch } from './watchedView.ts';
import { secondsText } from '../trace/timeWords.ts';

/** The commands that a scenario sends. */
type ScenarioCommandName = 'lab:create' | 'lab:attach' | LabAction['name'] | TimeCommandName;

/** Where a scenario runs: the lab service, or the window's way to it. */
export interface ScenarioService {
  /** @throws {LabError} */
  execute<Name extends ScenarioCommandName & CommandName>(
    name: Name, input: CommandInput<Name>,
  ): Promise<CommandAnswer<Name>>;
  /** Calls back with every event of the open lab; returns the function that stops it. */
  subscribe(listener: (events: readonly TraceEvent[]) => void): () => void;
}

/** A time that is waited for, by a real clock. */
export interface Waiting {
  /** With the moment at which it was over, by the clock of real nodes' events. */
  readonly over: Promise<number>;
  /** Ends it before its time. */
  cancel(): void;
}

export interface ScenarioWorld {
  readonly service: ScenarioService;
  /** The name of the lab that is made. */
  readonly labName: string;
  /** For real nodes: how to wait in real time. Absent: the lab is simulated, and waiting takes no time. */
  readonly wait?: (ms: number) => Waiting;
}

/**
 * - `done`: a command was carried out, whatever a command about data was answered.
 * - `passed`, `failed`: an expectation; `failed` also a line that could not be carried out.
 * - `watching`: an `expect never`, until the scenario ends.
 */
export type Verdict = 'done' | 'passed' | 'failed' | 'watching';

export interface LineResult {
  readonly line: number;
  readonly text: string;
  readonly verdict: Verdict;
  readonly words: AnswerWords;
  /** For expectations: the event that decided, or the latest one where nothing decided. */
  readonly event: TraceEvent | null;
  /** Whether that event decided it. */
  readonly isDecided: boolean;
  /** Whether it is an `expect never`, which is decided at the end. */
  readonly isNever: boolean;
  /** For an expectation that did not come true in its time; otherwise null. */
  readonly ranOut: RanOut | null;
}

/** A time in which a condition did not come true. */
export interface RanOut {
  readonly withinMs: number;
  /** When it ended, by the clock of the events. */
  readonly atMs: number;
}

/** A simulated lab tells every event of so long a way; of a longer one perhaps only where it led. */
const SLICE_MS = 50;
/** A command that says `leader` waits so long for one. */
const LEADER_WITHIN_MS = 30_000;
const SOMEBODY_LEADS = parseCondition('somebody leads');
/** Real nodes tell of their events in batches: how long what has happened may take to be seen. */
const SEEN_WITHIN_MS = 2000;

export class ScenarioRun {
  readonly scenario: Scenario;
  readonly #service: ScenarioService;
  readonly #wait: ((ms: number) => Waiting) | undefined;
  readonly #view = new WatchedView();
  readonly #results: LineResult[] = [];
  readonly #never: { readonly line: ScenarioLine; readonly watch: Watch }[] = [];
  readonly #unsubscribe: () => void;
  readonly #ask: ScenarioService['execute'];
  /** When the lab began, by the clock of its events. */
  #beganAtMs = 0;
  #at = 0;
  #asked: NodeName = 'n1';

  private constructor(scenario: Scenario, { service, wait }: ScenarioWorld) {
    this.scenario = scenario;
    this.#service = service;
    this.#wait = wait;
    this.#ask = (name, input) => service.execute(name, input);
    this.#unsubscribe = service.subscribe((events) => this.#view.take(events));
  }

  /**
   * Makes the lab and is ready for the first line.
   * @throws {LabError} when the lab cannot be made
   */
  static async begin(scenario: Scenario, world: ScenarioWorld): Promise<ScenarioRun> {
    const run = new ScenarioRun(scenario, world);
    const { nodeCount, pace, variant, simulation } = scenario.lab;
    const created = { name: world.labName, nodeCount, pace, variant };
    await world.service.execute('lab:create', run.#isLive ? created : { ...created, simulation });
    if (!run.#isLive) await world.service.execute('time:hold', {});
    const { view, recentEvents } = await world.service.execute('lab:attach', {});
    run.#view.begin(view, recentEvents);
    run.#beganAtMs = recentEvents[0]?.atMs ?? view.atMs;
    return run;
  }

  get #isLive(): boolean {
    return this.#wait !== undefined;
  }

  /** The line that comes next; null at the end, or after a line that could not be carried out. */
  get upcoming(): ScenarioLine | null {
    return this.scenario.lines[this.#at] ?? null;
  }

  /** Every line so far, in the order of the file; an `expect never` with what is known of it now. */
  get results(): readonly LineResult[] {
    const isOver = this.upcoming === null;
    const watched = new Map(this.#never.map(({ line, watch }) => [line.line, neverResult(line, watch, isOver)]));
    return this.#results.map((result) => watched.get(result.line) ?? result);
  }

  /** Virtual time, or real time since the lab began: `14.200 s`. */
  momentOf({ atMs }: Pick<TraceEvent, 'atMs'>): string {
    return secondsText(Math.max(0, atMs - this.#beganAtMs));
  }

  /** Carries out the next line. Never rejects: an error is a line that failed, and the scenario ends with it. */
  async next(): Promise<LineResult | null> {
    const line = this.upcoming;
    if (line === null) return null;
    this.#at += 1;
    const result = await this.#carryOut(line).catch((error: unknown): LineResult => {
      if (!(error instanceof LabError)) throw error;
      this.#at = this.scenario.lines.length;
      return { ...resultOf(line, 'failed', describeError(error.toData())), event: this.#view.latest };
    });
    this.#results.push(result);
    return result;
  }

  /** Looks at the lab no more. The lab stays open. */
  close(): void {
    this.#unsubscribe();
  }

  async #carryOut(line: ScenarioLine): Promise<LineResult> {
    const { step } = line;
    await this.#findAsked(step);
    switch (step.do) {
      case 'use':
        if (step.node === 'leader') await this.#leader();
        this.#asked = resolveTarget(step.node, this.#view.view);
        return resultOf(line, 'done', ok(`asks ${this.#asked} from now on`));
      case 'command':
        return resultOf(line, 'done', await this.#command(step.command, step.isTried || step.command.type === 'kv'));
      case 'begin': {
        if (namesLeader(step.command)) await this.#leader();
        for (const { name, input } of actionsFor(step.command, this.#asked, this.#view.view)) {
          this.#service.execute(name, input).catch(() => undefined); // nobody waits for it; events tell of it
        }
        return resultOf(line, 'done', ok('ok'));
      }
      case 'order':
        return resultOf(line, 'done', await carryOutTime(step.order, this.#ask));
      case 'run':
        await this.#pass(step.forMs);
        return resultOf(line, 'done', ok('ok'));
      case 'until': {
        const { watch, ranOut } = await this.#await(step.condition, step.withinMs);
        if (watch.metBy === null) this.#at = this.scenario.lines.length;
        return { ...this.#expectation(line, watch), ranOut };
      }
      case 'expect': {
        if (step.withinMs === null) return this.#expectation(line, await this.#lookAt(step.condition));
        const { watch, ranOut } = await this.#await(step.condition, step.withinMs);
        return { ...this.#expectation(line, watch), ranOut };
      }
      case 'never': {
        const watch = this.#view.watch(step.condition);
        this.#never.push({ line, watch });
        return neverResult(line, watch, false);
      }
    }
  }

  /** What a command about data is answered fails no line; that nobody can be asked does. @throws {LabError} */
  async #findAsked(step: ScenarioStep): Promise<void> {
    const node = nodeAskedBy(step);
    if (node === null || node === 'leader' || (step.do === 'command' && step.isTried)) return;
    const isThere = { text: `${node} is there`, isMoment: false, isMet: (view: ClusterView) => node in view.nodes };
    if ((await this.#lookAt(isThere)).metBy !== null) return;
    const names = Object.keys(this.#view.view.nodes).join(', ');
    throw new LabError('unknown-node', `there is no node ${node} in this lab: it has ${names}`);
  }

  /** @param isTried whether an error is an answer; otherwise it ends the scenario */
  async #command(command: LabConsoleCommand, isTried: boolean): Promise<AnswerWords> {
    if (namesLeader(command)) await this.#leader();
    let words: AnswerWords | undefined;
    const actions = actionsFor(command, this.#asked, this.#view.view);
    for (const { name, input } of actions) {
      const answer = await this.#answered(this.#service.execute(name, input)).catch((error: unknown) => {
        // That a write is refused, or that nobody knows of it, belongs to what a scenario shows.
        if (error instanceof LabError && isTried) return error;
        throw error;
      });
      words = answer instanceof LabError
        ? describeError(answer.toData())
        // An answer's type follows from the command's name, which the compiler loses in `execute`.
        : describeOutcome({ name, input, answer } as LabOutcome);
    }
    if (command.type === 'node' && command.nodes === 'all' && actions.length === 0) {
      return describeNothingDone(command.action);
    }
    return words ?? ok('ok');
  }

  #answered<Answer>(answer: Promise<Answer>): Promise<Answer> {
    if (this.#isLive) return answer;
    return answeredInVirtualTime(answer, this.#ask);
  }

  async #leader(): Promise<void> {
    if (leaderOf(this.#view.view) === null) await this.#await(SOMEBODY_LEADS, LEADER_WITHIN_MS);
  }

  #expectation(line: ScenarioLine, { metBy, heldAlready }: Watch): LineResult {
    const event = metBy ?? this.#view.latest;
    const verdict = metBy === null ? 'failed' : 'passed';
    return { ...resultOf(line, verdict, ok('')), event, isDecided: metBy !== null && !heldAlready };
  }

  /** Whether a condition holds now; with real nodes, as soon as their events are there. */
  async #lookAt(condition: Condition): Promise<Watch> {
    if (this.#isLive) return (await this.#await(condition, SEEN_WITHIN_MS)).watch;
    const watch = this.#view.watch(condition);
    this.#view.unwatch(watch);
    return watch;
  }

  /** Lets time go on until a condition holds, but at most so long. */
  async #await(condition: Condition, withinMs: number): Promise<{ watch: Watch; ranOut: RanOut | null }> {
    const watch = this.#view.watch(condition);
    const atMs = this.#wait === undefined
      ? await this.#awaitSimulated(watch, withinMs) : await this.#awaitLive(watch, this.#wait(withinMs));
    this.#view.unwatch(watch);
    return { watch, ranOut: watch.metBy !== null || atMs === null ? null : { withinMs, atMs } };
  }

  /** @returns when the time was over */
  async #awaitLive(watch: Watch, waiting: Waiting): Promise<number> {
    if (watch.metBy === null) {
      const stop = this.#view.onEvents(() => {
        if (watch.metBy !== null) waiting.cancel();
      });
      await waiting.over;
      stop();
    }
    waiting.cancel();
    return waiting.over;
  }

  /**
   * Time may be held before that for another reason, such as a finding; then it goes on.
   * @returns when the time was over; null when it went no further before that
   */
  async #awaitSimulated(watch: Watch, withinMs: number): Promise<number | null> {
    let now = await this.#service.execute('time:status', {});
    const endsAtMs = (now?.atMs ?? 0) + withinMs;
    while (watch.metBy === null && now !== null && now.atMs < endsAtMs) {
      const before = now;
      const withinMs = Math.min(SLICE_MS, endsAtMs - now.atMs);
      now = await this.#service.execute('time:until', { condition: watch.condition.text, withinMs });
      if (now.step === before.step && now.atMs === before.atMs) return null;
    }
    return now?.atMs ?? null;
  }

  /** A finding holds time before its end; a scenario goes on then. */
  async #pass(forMs: number): Promise<void> {
    if (this.#wait !== undefined) {
      await this.#wait(forMs).over;
      return;
    }
    let now = await this.#service.execute('time:status', {});
    const endsAtMs = (now?.atMs ?? 0) + forMs;
    while (now !== null && now.atMs < endsAtMs) {
      const before = now;
      now = await this.#service.execute('time:runFor', { forMs: Math.min(SLICE_MS, endsAtMs - now.atMs) });
      if (now.step === before.step && now.atMs === before.atMs) return;
    }
  }
}

function neverResult(line: ScenarioLine, { metBy, heldAlready }: Watch, isOver: boolean): LineResult {
  if (metBy !== null) {
    return { ...resultOf(line, 'failed', ok('')), event: metBy, isNever: true, isDecided: !heldAlready };
  }
  return { ...resultOf(line, isOver ? 'passed' : 'watching', ok('')), isNever: true };
}

function resultOf({ line, text }: ScenarioLine, verdict: Verdict, words: AnswerWords): LineResult {
  return { line, text, verdict, words, event: null, isDecided: false, isNever: false, ranOut: null };
}

function ok(text: string): AnswerWords {
  return { tone: 'ok', text, detail: '' };
}
