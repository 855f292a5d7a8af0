/** What commands answer: plain data that crosses from the lab to the window and the terminal. */
import type { KvPreview, KvResult } from '../kv/commands.ts';
import type { EntryType, HardState, Index, NodeId, ReadConfirmation, Term } from '../raft/types.ts';
import type { Pace, TraceEvent } from '../trace/events.ts';
import type { NodeName } from '../trace/names.ts';
import type { ClusterView } from '../trace/view.ts';

export interface LabSummary {
  readonly labId: string;
  readonly name: string;
  readonly nodeCount: number;
  readonly pace: Pace;
  readonly createdAtMs: number;
  /** 0 for a copy that was not opened yet. */
  readonly openedAtMs: number;
  readonly isOpen: boolean;
  readonly problem?: undefined;
}

/** A lab whose lab.json is damaged, or a newer Raftlab's: what can still be said of it. It can only be deleted. */
export interface UnreadableLab {
  readonly labId: string;
  /** As far as its file still tells it; null when it does not. */
  readonly name: string | null;
  readonly isOpen: false;
  /** Why it cannot be opened and what to do, in a sentence. */
  readonly problem: string;
}

export type ListedLab = LabSummary | UnreadableLab;

/** Where a command's time went, in milliseconds, measured on the node that was asked. */
export interface KvTiming {
  readonly totalMs: number;
  /** From the question until the entry was in the asked node's log (forwarding included); null when not known. */
  readonly appendedMs: number | null;
  /** From there until the asked node knew that it was committed; null when not known. */
  readonly committedMs: number | null;
}

/**
 * How a `get` or a `list` is answered. All but `stale` are linearizable.
 * - `read-index`: the node that was asked gets a read index from the leader, which makes sure by a round of heartbeats
 *   that it still leads; the node waits until it has applied that index and reads (Raft §8, dissertation §6.4).
 * - `lease`: as `read-index`, but the leader trusts its lease in place of the round (dissertation §6.4.1). It rests on
 *   clocks, so a lab must switch it on first.
 * - `log`: the read goes through the log like a write.
 * - `stale`: the node reads what it has, at once, leader or not.
 */
export type ReadKind = 'read-index' | 'lease' | 'log' | 'stale';

/** How a read was answered. */
export interface ReadDetails {
  readonly kind: ReadKind;
  /** What the asked node had to have applied before it could read; null for `stale`, which waits for nothing. */
  readonly readIndex: Index | null;
  /**
   * What told the leader that no other leads: a round of heartbeats that a majority answered after the question; its
   * lease; or that nobody else votes. Null for `log` and `stale`. A `lease` read falls back on a round where the leader
   * holds no lease at the moment.
   */
  readonly confirmedBy: ReadConfirmation | null;
  /** The reads that the asked node put under one read index, this one included; 1 for `log` and `stale`. */
  readonly batchSize: number;
  /** From the question until the read index was known; null for `log` and `stale`. */
  readonly confirmedMs: number | null;
  /** From there until the node had applied it and read; null for `log` and `stale`. */
  readonly appliedMs: number | null;
}

/** A command's answer, with its route. */
export interface KvAnswer {
  readonly result: KvResult;
  /** Where the command stands in the log. A read without an entry: the last entry that was applied when it was read. */
  readonly index: Index;
  /** The term of that entry; 0 where there is none. */
  readonly term: Term;
  /** The node that was asked, then the leader if that is another and was asked. */
  readonly route: readonly NodeName[];
  /** Who led, as far as the asked node knows; null when it knows nobody (a stale read). */
  readonly leader: NodeName | null;
  /** Of a `get` or a `list`. */
  readonly read?: ReadDetails;
  readonly hops: number;
  /** How many tries it took: more than 1 when a datagram was lost or the leader changed. */
  readonly tries: number;
  readonly timing: KvTiming;
}

/** The contents of one node's state machine, read on the spot: possibly stale, and meant to show just that. */
export interface NodeKvPage {
  readonly lastApplied: Index;
  readonly keyCount: number;
  /** Long values are cut (`cutFrom`): ask for them one by one. */
  readonly entries: readonly KvPreview[];
  readonly truncated: boolean;
}

/** One client's session as a node's state machine holds it (dissertation §6.3): the same on every node. */
export interface SessionRow {
  readonly client: string;
  /** Its number: the index of the entry that registered it. */
  readonly session: Index;
  /** The highest sequence number of which is known that it was applied; 0 before the first write. */
  readonly lastSequence: number;
  /** The index of the last entry that used it. Who was used longest ago gives way first. */
  readonly lastUsedIndex: Index;
  /** The results that are kept for a retry: those that the client has not acknowledged. */
  readonly keptResults: number;
}

/** The sessions on one node, the one used last first. */
export interface SessionsPage {
  readonly lastApplied: Index;
  readonly sessionCount: number;
  /** When there are more, the one used longest ago, counted in log entries, expires. */
  readonly sessionsMax: number;
  readonly sessions: readonly SessionRow[];
  readonly truncated: boolean;
}

/** How far a membership change has come. */
export interface MembershipAnswer {
  /** The node that it is about; of `add` and `replace`: the new one. */
  readonly node: NodeName;
  /** Whether it is complete. If not, it goes on by itself, and events (nodeJoining, nodeLeaving) tell of it. */
  readonly isDone: boolean;
  /** What is so now, or what is waited for, in a sentence. */
  readonly detail: string;
}

/** A leadership transfer that went well. */
export interface TransferAnswer {
  readonly leader: NodeName;
  readonly term: Term;
  readonly totalMs: number;
}

export interface LogRow {
  readonly index: Index;
  readonly term: Term;
  readonly type: EntryType;
  readonly bytes: number;
  /** The command in the console's words, or what a configuration entry changes. */
  readonly text: string;
  readonly client: string | null;
}

/** A node's database, read from the file by a reader that is not the node. Works on a crashed node too. */
export interface DiskPage {
  readonly databasePath: string;
  readonly fileBytes: number;
  readonly walBytes: number;
  readonly identity: {
    readonly labId: string;
    readonly id: NodeId;
    readonly incarnation: number;
    readonly boot: number;
  };
  readonly hardState: HardState;
  readonly firstIndex: Index;
  readonly lastIndex: Index;
  readonly snapshotIndex: Index;
  readonly snapshotTerm: Term;
  /** The length of the snapshot's contents. */
  readonly snapshotBytes: number;
  readonly rows: readonly LogRow[];
}

/** What the window starts from: the view now and the events that led to it. Live batches follow from `view.seq` + 1. */
export interface AttachAnswer {
  readonly view: ClusterView;
  readonly recentEvents: readonly TraceEvent[];
}

/**
 * A frame's worth of events: all from `firstSeq` up to the last one in `events`, save for `dropped` of them that were
 * left out because the window was slow. Those only animate the picture. Where events were lost that the view depends
 * on, `firstSeq` is more than one beyond the batch before (and `dropped` counts these too): attach again.
 */
export interface EventBatch {
  readonly batch: number;
  readonly firstSeq: number;
  readonly dropped: number;
  readonly events: readonly TraceEvent[];
}

export interface Settings {
  readonly theme: 'system' | 'light' | 'dark';
  readonly scale: number;
  readonly introductionSeen: boolean;
}

export interface AppInfo {
  /** The product's name; a test build's says so. */
  readonly name: string;
  readonly version: string;
  readonly build: 'release' | 'test' | 'development';
  readonly electron: string;
  readonly chrome: string;
  readonly node: string;
  readonly sqlite: string;
  readonly dataPath: string;
  readonly platform: string;
}

/** A part that Raftlab ships, with the licence under which it may. */
export interface Licence {
  readonly name: string;
  readonly version: string;
  /** Its SPDX identifier. */
  readonly licence: string;
  readonly text: string;
}

/** What the application menu asks the window to do. */
export type MenuAction =
  | 'new-lab' | 'open-lab' | 'add-node' | 'add-learner' | 'settings' | 'command-palette' | 'introduction' | 'help'
  | 'about' | 'network' | 'scale-up' | 'scale-down' | 'scale-reset';

/** What main tells the window beside the lab's events. */
export type WindowSignal =
  /** The settings changed elsewhere (the application menu). */
  | { readonly type: 'settingsChanged'; readonly settings: Settings }
  /** Something that the person should know and that no command of theirs can answer. */
  | { readonly type: 'notice'; readonly level: 'warning' | 'error'; readonly message: string }
  | { readonly type: 'menu'; readonly action: MenuAction };
