/** The console's commands of time: what they ask of a simulated lab, and their answers in words. */
import type { AnswerWords } from './consoleWords.ts';
import { LabError } from './errors.ts';
import { TIME_IS_LIVE } from './time.ts';
import { quoted } from '../trace/quoted.ts';
import { secondsText } from '../trace/timeWords.ts';
import type {
  BranchComparison, BranchSummary, NextEvent, StepUnit, TimeAnswers, TimeCommandInput, TimeCommandName, TimeStatus,
} from './time.ts';

/** What can be done to one of the next events. */
export type NextAction = 'first' | 'lose' | 'double' | 'delay';

/** A command of time that was understood. Branches go by their number or name. */
export type TimeOrder =
  /** `forMs` null: until it is held. */
  | { readonly do: 'run'; readonly forMs: number | null }
  | { readonly do: 'hold' }
  | { readonly do: 'speed'; readonly speed: number }
  | { readonly do: 'step' | 'back'; readonly unit: StepUnit; readonly count: number }
  | { readonly do: 'until'; readonly condition: string; readonly withinMs: number | null }
  | { readonly do: 'next' }
  /** `number`: its place in the list that `next` shows, from 1. */
  | { readonly do: Exclude<NextAction, 'delay'>; readonly number: number }
  | { readonly do: 'delay'; readonly number: number; readonly byMs: number }
  | { readonly do: 'branches' }
  | { readonly do: 'branch' | 'delete-branch'; readonly branch: string }
  | { readonly do: 'rename-branch'; readonly branch: string; readonly name: string }
  | { readonly do: 'compare'; readonly branch: string; readonly other: string };

type AskTime = <Name extends TimeCommandName>(name: Name, input: TimeCommandInput<Name>) => Promise<TimeAnswers[Name]>;

/**
 * Carries out a command of time and tells what came of it.
 * @param ask sends a command to the lab
 * @throws {LabError} `refused` in a live lab, and whatever the lab says
 */
export async function carryOutTime(order: TimeOrder, ask: AskTime): Promise<AnswerWords & { readonly value: unknown }> {
  const before = await ask('time:status', {});
  if (before === null) throw new LabError('refused', TIME_IS_LIVE);
  switch (order.do) {
    case 'next':
      return { ...note(nextLines(before)), value: before.next };
    case 'branches':
      return { ...note(branchLines(before)), value: before.branches };
    case 'compare': {
      const [branch, other] = [branchOf(order.branch, before), branchOf(order.other, before)];
      const answer = await ask('branch:compare', { branch: branch.branch, other: other.branch });
      return { ...note(comparisonLines(answer, branch, other)), value: answer };
    }
    case 'first':
    case 'lose':
    case 'double':
    case 'delay': {
      const { id, text } = nextOf(order.number, before);
      const value = order.do === 'delay'
        ? await ask('next:delay', { id, byMs: order.byMs })
        : await ask(`next:${order.do}`, { id });
      return { tone: 'ok', text: `${NEXT_DONE[order.do]} ${text}`, detail: secondsText(value.atMs), value };
    }
    default: {
      const value = await askToGo(order, before, ask);
      return { ...statusWords(order, value), value };
    }
  }
}

type GoingOrder = Exclude<TimeOrder, { readonly do: NextAction | 'next' | 'branches' | 'compare' }>;

function askToGo(order: GoingOrder, before: TimeStatus, ask: AskTime): Promise<TimeStatus> {
  switch (order.do) {
    case 'run':
      return order.forMs === null ? ask('time:run', {}) : ask('time:runFor', { forMs: order.forMs });
    case 'hold':
      return ask('time:hold', {});
    case 'speed':
      return ask('time:setSpeed', { speed: order.speed });
    case 'step':
    case 'back':
      return ask(`time:${order.do}`, { unit: order.unit, count: order.count });
    case 'until': {
      const { condition, withinMs } = order;
      return ask('time:until', withinMs === null ? { condition } : { condition, withinMs });
    }
    case 'branch':
      return ask('branch:select', { branch: branchOf(order.branch, before).branch });
    case 'delete-branch':
      return ask('branch:delete', { branch: branchOf(order.branch, before).branch });
    case 'rename-branch':
      return ask('branch:rename', { branch: branchOf(order.branch, before).branch, name: order.name });
  }
}

function statusWords(order: GoingOrder, now: TimeStatus): AnswerWords {
  const at = secondsText(now.atMs);
  switch (order.do) {
    case 'speed':
      return ok(`${now.speed} × the speed of a clock`, '');
    case 'run':
      if (order.forMs === null) return ok('time runs', `from ${at}`);
      return ok('time is held', heldDetail(now));
    case 'hold':
      return ok('time is held', at);
    case 'until':
      if (now.heldBecause !== null) return ok(now.heldBecause, at);
      return { tone: 'error', text: `${order.condition} has not come true by ${at}`, detail: '' };
    case 'step':
    case 'back': {
      const { lastStep } = now;
      if (lastStep === null) return ok(now.step === 0 ? 'the beginning' : 'time is held', heldDetail(now));
      const detail = [at, lastStep.detail].filter((part) => part !== '').join(' · ');
      return ok(`${lastStep.subject} ${lastStep.sentence}`, detail);
    }
    case 'branch':
    case 'delete-branch':
    case 'rename-branch': {
      const present = now.branches.find(({ branch }) => branch === now.branch);
      return ok(`in branch ${now.branch}, ${present?.name ?? ''}`, at);
    }
  }
}

function heldDetail({ atMs, heldBecause }: TimeStatus): string {
  return [secondsText(atMs), ...(heldBecause === null ? [] : [heldBecause])].join(' · ');
}

const NEXT_DONE: Readonly<Record<NextAction, string>> = {
  first: 'came first:', lose: 'lost:', double: 'doubled:', delay: 'delayed:',
};

/** @throws {LabError} when the list has no such place */
function nextOf(number: number, { next, state }: TimeStatus): NextEvent {
  const event = next[number - 1];
  if (event !== undefined) return event;
  if (state !== 'held') throw new LabError('refused', 'time runs: hold it first, then next shows what can happen');
  throw new LabError('invalid-argument', next.length === 0
    ? 'nothing can happen next'
    : `what can happen next has the numbers 1 to ${next.length}: next shows them`);
}

/** @throws {LabError} when there is no such branch, or several have the name */
function branchOf(text: string, { branches }: TimeStatus): BranchSummary {
  const named = branches.filter(({ branch, name }) => name === text || String(branch) === text);
  const [branch, another] = named;
  if (branch !== undefined && another === undefined) return branch;
  const problem = branch === undefined
    ? `there is no branch ${quoted(text)}` : `several branches are called ${quoted(text)}`;
  throw new LabError('invalid-argument', `${problem}: branches shows their numbers`);
}

function nextLines({ next, nextBeyond, state }: TimeStatus): string {
  if (state !== 'held') return 'time runs: hold it to see what can happen next';
  if (next.length === 0) return 'nothing can happen next';
  const rows = next.map(({ inMs, isHeld, text, detail }, at) => [
    String(at + 1), isHeld ? 'is held' : `in ${inMs.toFixed(1)} ms`, text, detail,
  ]);
  return [...inColumns(rows), ...(nextBeyond > 0 ? [`… and ${nextBeyond} more`] : [])].join('\n');
}

function branchLines({ branches, branch: present }: TimeStatus): string {
  return inColumns(branches.map(({ branch, name, parent, forkMs, endMs }) => [
    branch === present ? '*' : '', String(branch), name,
    parent === null ? 'from the beginning' : `from branch ${parent} at ${secondsText(forkMs)}`,
    `to ${secondsText(endMs)}`,
  ])).join('\n');
}

function comparisonLines(
  { commonEvents, first, second }: BranchComparison, branch: BranchSummary, other: BranchSummary,
): string {
  if (first === null && second === null) return `no difference in ${commonEvents} events`;
  const side = (event: BranchComparison['first'], { branch: number }: BranchSummary): string[] =>
    [`branch ${number}`, event === null ? 'ends' : secondsText(event.atMs), event?.text ?? ''];
  const sides = inColumns([side(first, branch), side(second, other)]);
  return [`${commonEvents} events in common, then`, ...sides].join('\n');
}

function inColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ').trimEnd());
}

function ok(text: string, detail: string): AnswerWords {
  return { tone: 'ok', text, detail };
}

function note(text: string): AnswerWords {
  return { tone: 'note', text, detail: '' };
}
