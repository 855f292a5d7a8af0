/** What a door needs from the node that it belongs to. */
import type { KvAnswer, TransferAnswer } from '../contract/answers.ts';
import type { LabErrorData } from '../contract/errors.ts';
import type { Index, NodeId, Role, Term } from '../raft/index.ts';
import type { KvRequest } from '../server/protocol.ts';
import type { NodeName } from '../trace/names.ts';

/** How the node's work for a door ended. */
export type DoorOutcome<Answer> = { readonly answer: Answer } | { readonly error: LabErrorData };

/** A server of the cluster, as the node of the door knows it. */
export interface DoorMember {
  readonly id: NodeId;
  readonly name: NodeName;
  readonly isVoter: boolean;
  /** Where its own door is open; null where it has none, or none is known. */
  readonly door: { readonly address: string; readonly port: number } | null;
  /** While this node leads: the last entry that the member is known to store. Null otherwise. */
  readonly matchIndex: Index | null;
}

/** The node at this moment. */
export interface DoorStanding {
  readonly role: Role;
  readonly term: Term;
  /** The leader that the node knows of; 0 for none. */
  readonly leader: NodeId;
  readonly commitIndex: Index;
  readonly lastApplied: Index;
  readonly lastIndex: Index;
  /** The number of keys in its own state machine: possibly stale. */
  readonly keyCount: number;
  /** All members of its configuration, itself included, by id. */
  readonly members: readonly DoorMember[];
}

/** An entry that the node's state machine has applied, for MONITOR. */
export interface AppliedCommand {
  readonly index: Index;
  readonly term: Term;
  /** Null for an entry that no client sent. */
  readonly client: string | null;
  /** The command in the console's words. */
  readonly text: string;
}

export interface DoorNode {
  readonly name: NodeName;
  readonly id: NodeId;
  /**
   * Lets the node carry out a client's command. `answered` is called once, and never before this call returns; the
   * node's end answers everything that waits.
   */
  ask(request: KvRequest, answered: (outcome: DoorOutcome<KvAnswer>) => void): void;
  /** Hands the leadership over. `answered` as in `ask`. */
  transfer(to: NodeId, answered: (outcome: DoorOutcome<TransferAnswer>) => void): void;
  /** A client has left: the node keeps nothing for it any longer. */
  left(client: string): void;
  standing(): DoorStanding;
  /** Calls back with what is applied from now on, until the returned function is called. */
  watchApplied(listener: (applied: AppliedCommand) => void): () => void;
}
