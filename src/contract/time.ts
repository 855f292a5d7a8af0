/** What can be asked of a simulated lab's time, and what it tells: moments, steps, branches, and what comes next. */
import { z } from 'zod';
import { nameSchema } from './names.ts';
import { CONDITION_LENGTH_MAX } from '../trace/conditions.ts';
import type { MessageSummary, TraceEvent } from '../trace/events.ts';
import type { NodeName } from '../trace/names.ts';

/** Nothing waits for anything of the real world there, so no program can connect. */
export const NO_DOOR_IN_VIRTUAL_TIME =
  'a simulated lab has no door: its nodes live in virtual time; `door on` works in a live lab';
/** What a live lab answers to commands of time. */
export const TIME_IS_LIVE = 'this lab is live: its time cannot be held. Make a simulated lab for that';

// As in commands.ts, which imports this file and therefore sets it too late for the schemas here.
z.config({ jitless: true });

/**
 * What a step goes to.
 * - `event`: the next event of the trace. `message`: the next message that arrives. `turn`: the next turn of a node.
 * - `election`: a node becomes leader. `commit`: a leader's commit index moves. `fault`: a crash, a cut, a lost message
 *   by hand and the like. `finding`: a check finds that a guarantee of Raft is broken.
 */
export const STEP_UNITS = ['event', 'message', 'turn', 'election', 'commit', 'fault', 'finding'] as const;
export type StepUnit = (typeof STEP_UNITS)[number];

export const SPEED_LEAST = 0.01;
export const SPEED_MAX = 100;
/** The longest that one command lets time run, in virtual milliseconds: a day. */
export const RUN_MS_MAX = 86_400_000;
export const STEPS_AT_ONCE_MAX = 10_000;
const STEP_NUMBER_MAX = 1_000_000_000;
export const BRANCHES_MAX = 200;
export const BRANCH_NAME_MAX = 80;
export const SEED_MAX = 2 ** 32 - 1;
export const NETWORK_DELAY_MS_MAX = 10_000;
export const DISK_WRITE_MS_MAX = 10_000;

const percent = z.number().min(0).max(100);
const range = (max: number) => z.strictObject({ min: z.number().min(0).max(max), max: z.number().min(0).max(max) })
  .refine(({ min, max: most }) => min <= most, 'the shortest time is longer than the longest');

/** The simulated network between all nodes; faults of single links come on top. */
const simulatedNetworkSchema = z.strictObject({
  delayMs: range(NETWORK_DELAY_MS_MAX),
  lossPercent: percent,
  duplicatePercent: percent,
  /** The share of datagrams that take many times as long, and are overtaken. */
  reorderPercent: percent,
});

const simulatedDiskSchema = z.strictObject({
  writeMs: range(DISK_WRITE_MS_MAX),
  /** What a crash leaves of the write that is under way. */
  crashLeaves: z.enum(['lost', 'completed', 'torn']),
});

/** What a simulated lab is made of, besides its name, nodes, pace and variant. Everything in it follows from that. */
export const simulationSchema = z.strictObject({
  seed: z.int().min(0).max(SEED_MAX),
  network: simulatedNetworkSchema,
  disk: simulatedDiskSchema,
});
export type Simulation = z.output<typeof simulationSchema>;

/** As between the nodes of one machine, with a laptop's disk, slow enough to be followed. */
export const DEFAULT_SIMULATION: Omit<Simulation, 'seed'> = {
  network: { delayMs: { min: 2, max: 6 }, lossPercent: 0, duplicatePercent: 0, reorderPercent: 0 },
  disk: { writeMs: { min: 0.5, max: 2 }, crashLeaves: 'lost' },
};

/** A moment of a branch: how many steps were taken since the lab began. */
const stepNumber = z.int().min(0).max(STEP_NUMBER_MAX);
const branchId = z.int().min(0).max(STEP_NUMBER_MAX);
const nothing = z.strictObject({});
const inSteps = z.strictObject({
  unit: z.enum(STEP_UNITS), count: z.int().min(1).max(STEPS_AT_ONCE_MAX).optional(),
});

/**
 * Each is answered with the time as it is afterwards, when time has come to where it was to go. In a live lab all but
 * `time:status` are refused.
 */
export const timeCommandSchemas = {
  'time:status': nothing,
  'time:run': nothing,
  'time:hold': nothing,
  'time:setSpeed': z.strictObject({ speed: z.number().min(SPEED_LEAST).max(SPEED_MAX) }),
  /** Lets time go on by so much, as fast as the machine can, and holds it. */
  'time:runFor': z.strictObject({ forMs: z.number().min(0).max(RUN_MS_MAX) }),
  /** Goes on to the next of its kind, and holds; in the past, along what has happened. */
  'time:step': inSteps,
  /** Goes back to the one before. */
  'time:back': inSteps,
  /** Goes on until a condition holds (trace/conditions.ts), at most `withinMs`, and holds. */
  'time:until': z.strictObject({
    condition: z.string().min(1).max(CONDITION_LENGTH_MAX), withinMs: z.number().min(0).max(RUN_MS_MAX).optional(),
  }),
  /** Goes to a moment of the present branch, before or after the present one. */
  'time:seek': z.strictObject({ step: stepNumber.optional(), atMs: z.number().min(0).max(STEP_NUMBER_MAX).optional() })
    .refine(({ step, atMs }) => (step === undefined) !== (atMs === undefined), 'give either a step or a time'),
  /** What draws the tape of the present branch, also what comes after the present moment. */
  'time:tape': nothing,
  /** Lets one of the next events (`TimeStatus.next`) happen now, before the others; time does not pass. */
  'next:first': z.strictObject({ id: z.int().nonnegative() }),
  /** For messages on their way. */
  'next:lose': z.strictObject({ id: z.int().nonnegative() }),
  'next:double': z.strictObject({ id: z.int().nonnegative() }),
  'next:delay': z.strictObject({ id: z.int().nonnegative(), byMs: z.number().min(0).max(RUN_MS_MAX) }),
  /** Keeps a message on its way until it is let go (`next:first`), lost or delayed. */
  'next:hold': z.strictObject({ id: z.int().nonnegative() }),
  /** Shows another branch, at a moment of it; absent: at its end. */
  'branch:select': z.strictObject({ branch: branchId, step: stepNumber.optional() }),
  'branch:rename': z.strictObject({ branch: branchId, name: nameSchema('branch', BRANCH_NAME_MAX) }),
  /** With the branches that began in it. The one that is shown cannot be deleted. */
  'branch:delete': z.strictObject({ branch: branchId }),
  'branch:compare': z.strictObject({ branch: branchId, other: branchId }),
} as const;

export type TimeCommandName = keyof typeof timeCommandSchemas;
export type TimeCommandInput<Name extends TimeCommandName> = z.output<(typeof timeCommandSchemas)[Name]>;

export function isTimeCommand(name: string): name is TimeCommandName {
  return Object.hasOwn(timeCommandSchemas, name);
}

export interface BranchSummary {
  readonly branch: number;
  /** The branch in whose past it began; null for the first. */
  readonly parent: number | null;
  /** What was done differently: `crash n2 at 14.200 s`. */
  readonly name: string;
  /** Where it left its parent. */
  readonly forkStep: number;
  readonly forkMs: number;
  /** How far it was run. */
  readonly endStep: number;
  readonly endMs: number;
}

/** Something that will happen unless something else comes before: it can be chosen to happen first. */
export interface NextEvent {
  /** Names it until it has happened. */
  readonly id: number;
  readonly kind: 'message' | 'election-timer' | 'heartbeat-timer' | 'timer' | 'write' | 'turn';
  /** The node to which it happens. */
  readonly node: NodeName;
  /** In how many virtual milliseconds; 0 for what waits for a person alone. */
  readonly inMs: number;
  /** `AppendEntries n1 → n2`, `election timer of n4`. */
  readonly text: string;
  /** An addition in quieter type: `entries 3 to 5`, `term 3 → 4`. */
  readonly detail: string;
  /** For a message: where it comes from, and what is in it; null for a fragment or a sealed datagram. */
  readonly message: { readonly from: NodeName; readonly summary: MessageSummary; readonly messageId: string } | null;
  /** Whether a person holds it. */
  readonly isHeld: boolean;
}

/** What the last step did, in a sentence below the stage. */
export interface LastStep {
  readonly subject: string;
  readonly sentence: string;
  readonly detail: string;
  /** The nodes that it changed. */
  readonly nodes: readonly NodeName[];
}

/** The time of a simulated lab. */
export interface TimeStatus {
  readonly simulation: Simulation;
  /** `seeking`: the run is executed to the moment that was asked for. */
  readonly state: 'running' | 'held' | 'seeking';
  readonly speed: number;
  /** The present moment: steps since the lab began, and virtual milliseconds. */
  readonly step: number;
  readonly atMs: number;
  readonly branch: number;
  readonly branches: readonly BranchSummary[];
  /** Why time is held, if not because a person held it: `n3 leads`, a finding. */
  readonly heldBecause: string | null;
  readonly lastStep: LastStep | null;
  /** The next events, soonest first, then those that a person holds; empty while time runs. */
  readonly next: readonly NextEvent[];
  /** How many more there are. */
  readonly nextBeyond: number;
}

/** An event of the present branch that a tape draws; `step`: the moment after it. */
export interface TapeEvent {
  readonly step: number;
  readonly event: TraceEvent;
}

export interface BranchComparison {
  /** The first event that differs, in both; null where one of them ends before. */
  readonly first: { readonly step: number; readonly atMs: number; readonly text: string } | null;
  readonly second: { readonly step: number; readonly atMs: number; readonly text: string } | null;
  /** How many events they have in common before. */
  readonly commonEvents: number;
}

export interface TimeAnswers {
  'time:status': TimeStatus | null;
  'time:run': TimeStatus;
  'time:hold': TimeStatus;
  'time:setSpeed': TimeStatus;
  'time:runFor': TimeStatus;
  'time:step': TimeStatus;
  'time:back': TimeStatus;
  /** `heldBecause` is null when the condition did not come true in time. */
  'time:until': TimeStatus;
  'time:seek': TimeStatus;
  'time:tape': readonly TapeEvent[];
  'next:first': TimeStatus;
  'next:lose': TimeStatus;
  'next:double': TimeStatus;
  'next:delay': TimeStatus;
  'next:hold': TimeStatus;
  'branch:select': TimeStatus;
  'branch:rename': TimeStatus;
  'branch:delete': TimeStatus;
  'branch:compare': BranchComparison;
}

