/** Whether an event breaks something, mends something, or neither: the colour of its subject. */
import { isFaultless } from '../../trace/events.ts';
import type { TraceEvent } from '../../trace/events.ts';

/** `bad`: a bug, or what cannot go on. `warn`: a fault, on purpose or not. `ok`: its end. */
export type EventTone = 'plain' | 'ok' | 'warn' | 'bad';

export function toneOf(event: TraceEvent): EventTone {
  switch (event.type) {
    case 'safetyViolated':
    case 'nodeFailed':
      return 'bad';
    case 'nodeCrashed':
    case 'nodePaused':
    case 'nodeWiped':
    case 'nodeAway':
    case 'machineLeft':
    case 'wrongCode':
    case 'partitioned':
    case 'quorumLost':
      return 'warn';
    case 'healed':
    case 'nodeResumed':
    case 'nodeRestated':
    case 'machineJoined':
      return 'ok';
    case 'linkChanged':
      return isFaultless(event.faults) ? 'ok' : 'warn';
    case 'nodeMoved':
      return event.reason === 'calm' ? 'ok' : 'warn';
    case 'doorClosed':
      return event.reason === 'failed' ? 'warn' : 'plain';
    case 'clientAnswered':
      return event.outcome === 'unknown' ? 'warn' : 'plain';
    default:
      return 'plain';
  }
}
