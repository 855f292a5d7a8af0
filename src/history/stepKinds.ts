/** The kinds of events that a person steps by, as bits, and those that a tape draws. */
import type { StepUnit } from '../contract/time.ts';
import { kindOf } from '../trace/kinds.ts';
import type { TraceEvent } from '../trace/events.ts';

/** A set of step units. */
export type StepKinds = number;

export const KIND_BITS: Readonly<Record<StepUnit, StepKinds>> = {
  event: 1, message: 2, turn: 4, election: 8, commit: 16, fault: 32, finding: 64,
};

/** The kinds that an event makes of its step. What happens all the time in an idle cluster is no event to step to. */
export function kindsOf(event: TraceEvent): StepKinds {
  const any = kindOf(event) === 'heartbeats' ? 0 : KIND_BITS.event;
  switch (event.type) {
    case 'messageReceived':
      return any | KIND_BITS.message;
    case 'roleChanged':
      return event.role === 'leader' ? any | KIND_BITS.election : any;
    case 'commitAdvanced':
      return any | KIND_BITS.commit;
    case 'messageDropped':
      return event.reason === 'cut' || event.reason === 'loss' ? any | KIND_BITS.fault : any;
    case 'nodeCrashed':
    case 'nodeFailed':
    case 'nodePaused':
    case 'nodeWiped':
    case 'linkChanged':
    case 'partitioned':
      return any | KIND_BITS.fault;
    case 'safetyViolated':
      return any | KIND_BITS.finding;
    default:
      return any;
  }
}

/** Whether a tape draws the event. */
export function isOnTape({ type }: TraceEvent): boolean {
  return ON_TAPE.has(type);
}

const ON_TAPE: ReadonlySet<TraceEvent['type']> = new Set<TraceEvent['type']>([
  'labOpened', 'roleChanged', 'commitAdvanced', 'quorumLost', 'nodeCrashed', 'nodeStarted', 'nodePaused',
  'nodeResumed', 'nodeFailed', 'nodeStopped', 'nodeWiped', 'nodeAdded', 'nodeRemoved', 'partitioned', 'healed',
  'linkChanged', 'safetyViolated', 'leadershipTransferStarted', 'paceChanged', 'entriesAppended',
]);
