/** The time of a simulated lab, for tests of the window. */
import type { AttachAnswer } from '../../../src/contract/answers.ts';
import { DEFAULT_SIMULATION } from '../../../src/contract/time.ts';
import type { BranchSummary, NextEvent, TimeStatus } from '../../../src/contract/time.ts';
import type { TraceEvent } from '../../../src/trace/events.ts';
import { attachAnswer } from './cluster.ts';

export const firstBranch: BranchSummary = {
  branch: 0, parent: null, name: 'the first', forkStep: 0, forkMs: 0, endStep: 900, endMs: 20_000,
};

/** Held at 14.2 s of 20 s, unless told otherwise. */
export function timeStatus(changes: Partial<TimeStatus> = {}): TimeStatus {
  return {
    simulation: { seed: 68, ...DEFAULT_SIMULATION }, state: 'held', speed: 1, step: 640, atMs: 14_200, branch: 0,
    branches: [firstBranch], heldBecause: null, lastStep: null, next: [], nextBeyond: 0, ...changes,
  };
}

/** What attaching to a simulated lab answers. */
export function simulatedAnswer(events: readonly TraceEvent[], changes: Partial<TimeStatus> = {}): AttachAnswer {
  const answer = attachAnswer(events);
  const time = timeStatus(changes);
  answer.view.seed = time.simulation.seed;
  return { ...answer, time };
}

export const heldAppend: NextEvent = {
  id: 7, kind: 'message', node: 'n2', inMs: 4, text: 'AppendEntries n1 → n2', detail: 'entries 3 to 5', isHeld: false,
  message: { from: 'n1', messageId: 'm7', summary: { type: 'AppendEntries', term: 2 } },
};

export const electionTimer: NextEvent = {
  id: 8, kind: 'election-timer', node: 'n3', inMs: 164, text: 'election timer of n3', detail: 'term 2 → 3',
  message: null, isHeld: false,
};
