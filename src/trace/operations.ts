/** What clients asked of the cluster and what they were told: every operation, however busy the nodes are. */
import type { KvCommand, KvResult } from '../kv/commands.ts';
import type { Index, NodeId, Term } from '../raft/types.ts';
import type { ClientOutcome } from './events.ts';

/** Of a longer value only the beginning is kept, followed by its length and a digest: equal marks, equal values. */
export const VALUE_MARK_MAX = 96;

/** How an operation that reads was answered; `log`: by an entry of its own. */
export type OperationRead = 'read-index' | 'lease' | 'log' | 'stale';

/**
 * One command of one client on the node that it asked. Values are marks (VALUE_MARK_MAX). It is told when it is asked
 * (`outcome` null), when it is answered, and again when an unknown outcome is decided: what is told later replaces it.
 */
export interface ClientOperation {
  /** Unique in the lab. */
  readonly requestId: string;
  readonly client: string;
  readonly node: NodeId;
  readonly command: KvCommand;
  /** Absent for a command that writes. */
  readonly read?: OperationRead;
  /** By the clock of the node's machine, as in TraceEvent. */
  readonly askedAtMs: number;
  /** Null until it is answered. */
  readonly answeredAtMs: number | null;
  /** Null until it is answered. */
  readonly outcome: ClientOutcome | null;
  /** Null unless `outcome` is `ok`, or the state machine refused the command. */
  readonly result: KvResult | null;
  /**
   * Where it stands in the order of all: the index of its entry; for a read without one, the last entry that was
   * applied when it was read. Null where that is not known, and for what never took effect.
   */
  readonly index: Index | null;
  /** The term of that entry; 0 where it is not known. */
  readonly term: Term;
  /** Of an `unknown` outcome that was decided: whether it took effect. Null until then. */
  readonly tookEffect: boolean | null;
  /** When its parts ended, in milliseconds after it was asked; absent where a part is not known. */
  readonly parts: OperationParts;
}

/** Where the time of an operation went: each is the time, after it was asked, at which that part had ended. */
export interface OperationParts {
  /** It left for the leader. */
  readonly forwardedMs?: number;
  /** Its entry was in the log of the asked node. */
  readonly appendedMs?: number;
  /** Its read index was known. */
  readonly confirmedMs?: number;
  /** The asked node knew that its entry is committed, and had applied it. */
  readonly appliedMs?: number;
}
