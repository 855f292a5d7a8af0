/**
 * A snapshot is what the log up to its index makes of the state machine (Raft §7), whoever takes it, and however many
 * entries are applied while it is written. What a server receives of another one's is the same, to the byte.
 */
import { KvStateMachine } from '../../kv/index.ts';
import type { Index } from '../../raft/index.ts';
import type { SnapshotHead } from '../../server/logStore.ts';
import { type Property, SafetyViolation } from '../violation.ts';
import { isSameBytes } from './machinesAreTheSame.ts';
import type { Check, ObservedServer } from './observer.ts';
import type { ReferenceMachine } from './referenceMachine.ts';

const PROPERTY: Property = {
  name: 'Snapshots are the same',
  section: 'Raft §7',
  statement: 'a snapshot holds what the log up to its index gives, on every server',
};

interface Known {
  readonly data: Uint8Array;
  readonly standing: string;
  readonly seenOn: number;
}

export class SnapshotsAreTheSame implements Check {
  readonly #reference: ReferenceMachine;
  readonly #known = new Map<Index, Known>();
  /** Applies the log as far as the newest snapshot. */
  readonly #machine = new KvStateMachine();
  #appliedUpTo: Index;

  constructor(reference: ReferenceMachine) {
    this.#reference = reference;
    this.#appliedUpTo = reference.lastIndex;
  }

  onSnapshot({ id }: ObservedServer, head: SnapshotHead, data: Uint8Array): void {
    const { lastIncludedIndex: index } = head;
    const standing = JSON.stringify([head.lastIncludedTerm, head.configuration]);
    const known = this.#known.get(index) ?? { data: this.#expected(index, data), standing, seenOn: id };
    this.#known.set(index, known);
    if (head.bytes !== data.length || known.standing !== standing || !isSameBytes(known.data, data)) {
      throw new SafetyViolation(
        PROPERTY, [known.seenOn, id],
        `${id} has a snapshot at ${index} of ${head.bytes} bytes, ${standing}, which is not what the log gives and `
          + `${known.seenOn} had: ${known.data.length} bytes, ${known.standing}`,
      );
    }
  }

  /** A part of a leader's snapshot is on the server's disk. */
  onReceived({ id }: ObservedServer, { lastIncludedIndex: index }: SnapshotHead, from: number, data: Uint8Array): void {
    const known = this.#known.get(index)?.data.subarray(from, from + data.length);
    if (known !== undefined && !isSameBytes(known, data)) {
      throw new SafetyViolation(
        PROPERTY, [id], `what ${id} has received of the snapshot at ${index} from byte ${from} on is not in it`,
      );
    }
  }

  /** What the log up to an index gives. */
  #expected(index: Index, taken: Uint8Array): Uint8Array {
    if (index > this.#reference.lastIndex) {
      return taken;
    }
    if (index >= this.#appliedUpTo) {
      this.#applyTo(index, this.#machine, this.#appliedUpTo);
      this.#appliedUpTo = index;
      return this.#machine.snapshot();
    }
    // A slow server: again from the newest snapshot before it.
    const before = Math.max(0, ...[...this.#known.keys()].filter((known) => known < index));
    const beginning = this.#known.get(before);
    const machine = beginning === undefined ? new KvStateMachine() : KvStateMachine.restore(beginning.data);
    this.#applyTo(index, machine, before);
    return machine.snapshot();
  }

  #applyTo(index: Index, machine: KvStateMachine, after: Index): void {
    for (let next = after + 1; next <= index; next += 1) {
      const command = this.#reference.at(next)?.command;
      if (command !== undefined) machine.apply(next, command.data);
    }
  }
}
