/** A lab in virtual time that goes on step by step: what its time needs of it, whatever makes it go on. */
import type { AttachAnswer, DiskPage, NodeKvPage, SessionsPage } from '../../contract/answers.ts';
import type { CommandInput } from '../../contract/commands.ts';
import type { NextEvent } from '../../contract/time.ts';
import type { RuleName } from '../../raft/index.ts';
import type { TraceEvent } from '../../trace/events.ts';
import type { LabTrace } from '../../trace/labTrace.ts';
import type { Micros } from '../schedule.ts';
import type { ActionReply, LabAction } from './labActions.ts';
import type { LabRecord } from './labRecord.ts';

/** Fewer than of a live lab: several runs of one lab wait in memory, and older events come back by going back. */
export const EVENTS_KEPT_MAX = 4000;

export interface SteppedLabListener {
  onEvents(events: readonly TraceEvent[]): void;
  /** A turn of a node begins. */
  onTurn(): void;
}

export interface SteppedLab {
  readonly trace: LabTrace;
  readonly now: Micros;
  /** When the next step is due by itself; undefined when nothing is. */
  readonly nextAt: Micros | undefined;
  /** What may change while it runs, as it is now. */
  readonly present: Pick<LabRecord, 'nodeCount' | 'pace' | 'variant'>;
  /** Takes the step that is due next. */
  takeNext(): void;
  /** Nothing happens until then. */
  advanceTo(at: Micros): void;
  /**
   * Does something at the present moment.
   * @param reply called once, perhaps much later
   * @throws {LabError} when it cannot be done: then nothing has changed
   */
  act(action: LabAction, reply: ActionReply): void;
  attach(): AttachAnswer;
  kvPage(input: CommandInput<'node:kv'>): NodeKvPage;
  sessions(input: CommandInput<'node:sessions'>): SessionsPage;
  /** What is on a node's disk, in the form of a raft.db. */
  disk(input: CommandInput<'node:disk'>): DiskPage;
  nextEvents(): { readonly next: readonly NextEvent[]; readonly nextBeyond: number };
}

/** What the run of a seed is made of (seedLab.ts). */
export interface SeedLabOptions {
  readonly labId: string;
  readonly name: string;
  readonly seed: number;
  readonly rulesOff: readonly RuleName[];
  readonly present: Pick<LabRecord, 'nodeCount' | 'pace' | 'variant'>;
}
