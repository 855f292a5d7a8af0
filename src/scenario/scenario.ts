/** A scenario: what a `.lab` file says, line by line. docs/scenarios.md tells it to readers. */
import type { LabConsoleCommand, NodeTarget, TimeOrder } from '../contract/console.ts';
import type { Simulation } from '../contract/time.ts';
import type { Condition } from '../trace/conditions.ts';
import type { Pace } from '../trace/events.ts';
import type { RaftVariant } from '../trace/variant.ts';

/** The lab in which a scenario runs. */
export interface ScenarioLab {
  readonly nodeCount: number;
  readonly pace: Pace;
  readonly variant: RaftVariant;
  /** For a simulated lab; a live one has its own network, disks and chance. */
  readonly simulation: Simulation;
}

/** The commands of time that have a meaning while one line follows the other. */
export type ScenarioOrder = Exclude<TimeOrder, { readonly do: 'run' | 'until' | ForbiddenOrder }>;
/** A scenario holds time between its lines by itself, and goes forward only. */
export const FORBIDDEN_ORDERS = [
  'hold', 'speed', 'back', 'next', 'branches', 'branch', 'rename-branch', 'delete-branch', 'compare',
] as const satisfies readonly TimeOrder['do'][];
type ForbiddenOrder = (typeof FORBIDDEN_ORDERS)[number];

/** What a line does. */
export type ScenarioStep =
  /** `isTried`: whatever comes of it, the scenario goes on. */
  | { readonly do: 'command'; readonly command: LabConsoleCommand; readonly isTried: boolean }
  /** Sends the command, and does not wait for its answer. */
  | { readonly do: 'begin'; readonly command: LabConsoleCommand & { readonly type: 'kv' } }
  | { readonly do: 'use'; readonly node: NodeTarget }
  | { readonly do: 'run'; readonly forMs: number }
  | { readonly do: 'until'; readonly condition: Condition; readonly withinMs: number }
  /** A command of time that only a simulated lab has. */
  | { readonly do: 'order'; readonly order: ScenarioOrder }
  /** `withinMs` null: it holds now. */
  | { readonly do: 'expect'; readonly condition: Condition; readonly withinMs: number | null }
  /** It does not hold from now to the end of the scenario. */
  | { readonly do: 'never'; readonly condition: Condition };

export interface ScenarioLine {
  /** Its number in the file, from 1. */
  readonly line: number;
  readonly text: string;
  readonly step: ScenarioStep;
}

export interface Scenario {
  readonly lab: ScenarioLab;
  readonly lines: readonly ScenarioLine[];
}

/** The node that a line names to be asked for data; null where it names none. */
export function nodeAskedBy(step: ScenarioStep): NodeTarget | null {
  if (step.do === 'use') return step.node;
  if (step.do !== 'command' && step.do !== 'begin') return null;
  return step.command.type === 'kv' || step.command.type === 'sessions' ? step.command.node : null;
}

/** What is wrong with a line of a file. */
export interface ScenarioProblem {
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** What is wrong, in a clause. */
  readonly message: string;
  /** What was expected; may be empty. */
  readonly hint: string;
}

/** A problem as a compiler tells it: `line 4, column 8: "n9x" is not a node: crash NODE…`. */
export function problemText({ line, column, message, hint }: ScenarioProblem): string {
  return `line ${line}, column ${column}: ${message}${hint === '' ? '' : `: ${hint}`}`;
}

/** The lines that a live lab cannot carry out: its time is not in a person's hands. */
export function problemsLive({ lines }: Scenario): readonly ScenarioProblem[] {
  return lines.flatMap(({ line, text, step }) => step.do !== 'order' ? [] : [{
    line, column: text.search(/\S/) + 1, message: `${step.order.do} needs virtual time`,
    hint: 'this scenario runs in a simulated lab only',
  }]);
}
