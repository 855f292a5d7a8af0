/**
 * In the end every member holds the same as a machine that has applied the log once, in order: keys and values, and
 * also the clients' sessions with their results, on which later retries depend (dissertation §6.3).
 */
import type { KvStateMachine } from '../../kv/index.ts';
import { type Property, SafetyViolation } from '../violation.ts';
import type { Check, ObservedServer } from './observer.ts';
import type { ReferenceMachine } from './referenceMachine.ts';

const PROPERTY: Property = {
  name: 'State Machine Safety',
  section: 'Raft §5.4.3',
  statement: 'servers that have applied the same entries hold the same data and sessions',
};

export class MachinesAreTheSame implements Check {
  readonly #reference: ReferenceMachine;

  constructor(reference: ReferenceMachine) {
    this.#reference = reference;
  }

  onEnd(members: readonly ObservedServer[]): void {
    for (const { id, machine } of members) {
      const difference = machine === undefined ? 'nothing' : differenceOf(machine, this.#reference.machine);
      if (difference !== undefined) {
        throw new SafetyViolation(PROPERTY, [id], `in the end ${id} holds ${difference}`);
      }
    }
  }
}

/** Compared as they are, not only as bytes: an encoding that leaves something out would leave it out of both. */
function differenceOf(machine: KvStateMachine, reference: KvStateMachine): string | undefined {
  const [pairs, expectedPairs] = [pairsOf(machine), pairsOf(reference)];
  if (pairs !== expectedPairs) {
    return `the data ${pairs} instead of ${expectedPairs}`;
  }
  const [sessions, expectedSessions] = [sessionsOf(machine), sessionsOf(reference)];
  if (sessions !== expectedSessions) {
    return `the sessions ${sessions} instead of ${expectedSessions}`;
  }
  return isSameBytes(machine.snapshot(), reference.snapshot()) ? undefined : 'what gives another snapshot';
}

function pairsOf(machine: KvStateMachine): string {
  return JSON.stringify(machine.list('').entries.map(({ key, value }) => [key, value]));
}

function sessionsOf(machine: KvStateMachine): string {
  return JSON.stringify([...machine.sessions].map(({ session, client, request, lastUsedIndex, keptFrom, results }) => (
    [session, client, request, lastUsedIndex, keptFrom, [...results].map(([sequence, result]) => (
      [sequence, Object.entries(result).sort(([a], [b]) => (a < b ? -1 : 1))]))])));
}

/** Whether both are the same bytes. */
export function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) {
    return false;
  }
  for (let at = 0; at < a.length; at += 1) {
    if (a[at] !== b[at]) return false;
  }
  return true;
}
