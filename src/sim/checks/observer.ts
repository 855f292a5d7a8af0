/** What a check observes each time a simulated server did something. */
import type { KvAnswer } from '../../contract/answers.ts';
import type { LabErrorData } from '../../contract/errors.ts';
import type { KvStateMachine } from '../../kv/index.ts';
import type { SnapshotHead } from '../../server/logStore.ts';
import type { KvRequest, NodeTraceBody } from '../../server/protocol.ts';
import type { Entry, HardState, Index, Message, NodeId, Role, Term } from '../../raft/index.ts';
import type { SimulatedDisk } from '../disk.ts';

/** A server as the checks see it. */
export interface ObservedServer {
  readonly id: NodeId;
  readonly disk: SimulatedDisk;
  readonly role: Role;
  /** Undefined before the first start. */
  readonly machine: KvStateMachine | undefined;
}

/** The log that a server works with: stable storage and what is on its way there. */
export interface ObservedLog {
  readonly firstIndex: Index;
  readonly lastIndex: Index;
  /** Undefined outside the log. */
  termAt(index: Index): Term | undefined;
}

/** Entries that entered a server's log at their indexes. */
export interface Appended {
  readonly role: Role;
  readonly entries: readonly Entry[];
  /** The term of the entry before the first. */
  readonly previousTerm: Term;
  /** The first index whose entry was replaced; undefined when none was. */
  readonly replacedFrom: Index | undefined;
  /** The highest index that the server knew to be committed. */
  readonly commitIndex: Index;
}

/**
 * One safety property. A check remembers what it needs to know of the past, and throws a SafetyViolation. Each method
 * is called at the moment that it describes, never later; what a client is told, when the server has applied what it
 * says.
 */
export interface Check {
  /** The server started from its disk. */
  onStart?(server: ObservedServer): void;
  onRole?(server: ObservedServer, role: Role, term: Term, log: ObservedLog): void;
  onAppend?(server: ObservedServer, appended: Appended): void;
  /** Hard state is on stable storage. */
  onPersist?(server: ObservedServer, hardState: HardState): void;
  /** A message leaves the server. */
  onSend?(server: ObservedServer, message: Message): void;
  /** commitIndex advanced. @param term the term of the entry there */
  onCommit?(server: ObservedServer, commitIndex: Index, term: Term): void;
  onApply?(server: ObservedServer, entry: Entry): void;
  /** A leader's snapshot has replaced the state machine. */
  onInstall?(server: ObservedServer, lastIncludedIndex: Index): void;
  /** A snapshot has become the server's latest one, its own or a leader's. @param data all of its bytes */
  onSnapshot?(server: ObservedServer, head: SnapshotHead, data: Uint8Array): void;
  /** A part of a leader's snapshot is on stable storage. @param from its offset */
  onReceived?(server: ObservedServer, head: SnapshotHead, from: number, data: Uint8Array): void;
  /** A client asked a server. */
  onAsked?(requestId: number, request: KvRequest): void;
  onAnswered?(server: ObservedServer, requestId: number, answer: KvAnswer): void;
  onRefused?(server: ObservedServer, requestId: number, error: LabErrorData): void;
  /** The server tells what became of a request that it gave up with an unknown outcome. */
  onDecided?(server: ObservedServer, requestId: number, isApplied: boolean): void;
  /** The server reports something in its trace, but for details. */
  onReport?(server: ObservedServer, body: NodeTraceBody): void;
  /** The leader of this term answers a read from its lease. */
  onLeaseRead?(server: ObservedServer, term: Term): void;
  /** The cluster has come to rest: all members have applied everything. */
  onEnd?(members: readonly ObservedServer[]): void;
}
