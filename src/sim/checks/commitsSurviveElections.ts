/**
 * What is committed stays, whatever happens next: at the moment of a commit no server that lacks the entry could be
 * elected, even if all servers crashed now and came back from their disks. The proof of Leader Completeness rests on
 * this step (Raft §5.4.3: the voter that has the entry refuses). The property breaks long before a leader without the
 * entry really overwrites it, which takes much bad luck (Figure 8).
 */
import type { Configuration, Index, NodeId, Term } from '../../raft/index.ts';
import type { SimulatedDisk } from '../disk.ts';
import { type Property, SafetyViolation } from '../violation.ts';
import type { Check, ObservedServer } from './observer.ts';

const PROPERTY: Property = {
  name: 'Commits survive elections',
  section: 'Raft §5.4.3',
  statement: 'nobody who lacks a committed entry could be elected',
};

/** Who could stand for election, and who could vote. */
export interface Electorate {
  /** All servers but those whose disks are lost. */
  readonly servers: () => Iterable<{ readonly id: NodeId; readonly disk: SimulatedDisk }>;
  readonly diskOf: (id: NodeId) => SimulatedDisk | undefined;
  /** The configuration that is in force at a commit index; undefined while nobody has applied everything up to it. */
  readonly configurationAt: (commitIndex: Index) => Configuration | undefined;
}

export class CommitsSurviveElections implements Check {
  readonly #electorate: Electorate;

  constructor(electorate: Electorate) {
    this.#electorate = electorate;
  }

  onCommit(server: ObservedServer, commitIndex: Index, term: Term): void {
    if (server.role !== 'leader') {
      return;
    }
    for (const { id, disk } of this.#electorate.servers()) {
      if (!disk.has(commitIndex, term)) {
        this.#requireUnelectable(server, id, disk, commitIndex, term);
      }
    }
  }

  #requireUnelectable(server: ObservedServer, id: NodeId, disk: SimulatedDisk, commitIndex: Index, term: Term): void {
    // A server that knows of a committed change applies it before it stands for election.
    const snapshotIndex = disk.storage.snapshot()?.lastIncludedIndex ?? 0;
    const configuration = this.#electorate.configurationAt(Math.max(disk.hardState.commitIndex, snapshotIndex));
    if (configuration === undefined) {
      return;
    }
    const { voters, votersOutgoing } = configuration;
    if (!voters.includes(id) && !votersOutgoing.includes(id)) {
      return;
    }
    if (this.#isMajority(voters, disk) && (votersOutgoing.length === 0 || this.#isMajority(votersOutgoing, disk))) {
      const { storage } = disk;
      const outgoing = votersOutgoing.length > 0 ? ` and of ${votersOutgoing.join(' ')}` : '';
      throw new SafetyViolation(
        PROPERTY, [server.id, id],
        `leader ${server.id} committed entry ${commitIndex} of term ${term}, which ${id} lacks; but with its log up ` +
          `to ${storage.lastIndex()} of term ${storage.term(storage.lastIndex())} it could still be elected by a ` +
          `majority of ${voters.join(' ')}${outgoing}`,
      );
    }
  }

  /** Whether a majority of the voters have logs that are not more up-to-date than the candidate's (Raft §5.4.1). */
  #isMajority(voters: readonly NodeId[], candidate: SimulatedDisk): boolean {
    const willing = voters.filter((id) => {
      const voter = this.#electorate.diskOf(id);
      return voter !== undefined && compareLogs(candidate, voter) >= 0;
    });
    return 2 * willing.length > voters.length;
  }
}

function compareLogs({ storage: a }: SimulatedDisk, { storage: b }: SimulatedDisk): number {
  const byTerm = a.term(a.lastIndex()) - b.term(b.lastIndex());
  return byTerm !== 0 ? byTerm : a.lastIndex() - b.lastIndex();
}
