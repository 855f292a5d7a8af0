/** The answers of commands: plain data from the lab to the window and the terminal. */
import type { KvPreview, KvResult } from '../kv/commands.ts';
import type { EntryType, HardState, Index, NodeId, ReadConfirmation, Term } from '../raft/types.ts';
import type { Pace, TraceEvent } from '../trace/events.ts';
import type { NodeName } from '../trace/names.ts';
import type { RaftVariant } from '../trace/variant.ts';
import type { ClusterView } from '../trace/view.ts';
import type { HistoryStatus } from './history.ts';
import type { Simulation, TimeStatus } from './time.ts';

export interface LabSummary {
  readonly labId: string;
  readonly name: string;
  readonly nodeCount: number;
  readonly pace: Pace;
  /** Which Raft it runs. */
  readonly variant: RaftVariant;
  readonly createdAtMs: number;
  /** 0 for a copy that was not opened yet. */
  readonly openedAtMs: number;
  readonly isOpen: boolean;
  /** What a simulated lab is made of; absent for a live one. */
  readonly simulation?: Simulation;
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
  /** From the request until the entry was in the asked node's log (forwarding included); null if unknown. */
  readonly appendedMs: number | null;
  /** From then until the asked node knew that it was committed; null if unknown. */
  readonly committedMs: number | null;
}

/**
 * How a `get` or a `list` is answered. All except `stale` are linearizable.
 * - `read-index`: the asked node gets a read index from the leader, which confirms by a round of heartbeats that it
 * still leads. The node waits until it has applied that index and reads (Raft §8, dissertation §6.4).
 * - `lease`: as `read-index`, but the leader trusts its lease instead of the round (dissertation §6.4.1). It depends on
 * clocks, so a lab must switch it on first.
 * - `log`: the read goes through the log like a write.
 * - `stale`: the node reads its own state at once, leader or not.
 */
export type ReadKind = 'read-index' | 'lease' | 'log' | 'stale';

/** How a read was answered. */
export interface ReadDetails {
  readonly kind: ReadKind;
  /** The index that the asked node must have applied before it could read; null for `stale`, which does not wait. */
  readonly readIndex: Index | null;
  /**
   * How the leader knew that no other node leads: by a round of heartbeats that a majority answered after the request,
   * by its lease, or because it is the only voter. Null for `log` and `stale`. A `lease` read falls back on a round if
   * the leader holds no lease at the moment.
   */
  readonly confirmedBy: ReadConfirmation | null;
  /** The number of reads that share one read index at the asked node, including this one; 1 for `log` and `stale`. */
  readonly batchSize: number;
  /** From the request until the read index was known; null for `log` and `stale`. */
  readonly confirmedMs: number | null;
  /** From then until the node had applied it and read; null for `log` and `stale`. */
  readonly appliedMs: number | null;
}

/** A command's answer, with its route. */
export interface KvAnswer {
  readonly result: KvResult;
  /** The command's index in the log. For a read without an entry: the last entry applied when it was read. */
  readonly index: Index;
  /** The term of that entry; 0 if there is none. */
  readonly term: Term;
  /** The asked node, then the leader if the request was forwarded to it. */
  readonly route: readonly NodeName[];
  /** The leader that the asked node knows of; null if it knows none (a stale read). */
  readonly leader: NodeName | null;
  /** For a `get` or a `list`. */
  readonly read?: ReadDetails;
  readonly hops: number;
  /** How many tries it took: more than 1 when a datagram was lost or the leader changed. */
  readonly tries: number;
  /**
   * For a write in a lab without client sessions that was sent more than once: how often. Each copy that is committed
   * takes effect (Raft §8), some perhaps after this answer.
   */
  readonly mayHaveAppliedTimes?: number;
  readonly timing: KvTiming;
}

/** The contents of one node's own state machine. They may be stale, and are meant to show this. */
export interface NodeKvPage {
  readonly lastApplied: Index;
  readonly keyCount: number;
  /** Long values are cut (`cutFrom`): request them one by one. */
  readonly entries: readonly KvPreview[];
  readonly truncated: boolean;
}

/** One client's session as a node's state machine holds it (dissertation §6.3): the same on every node. */
export interface SessionRow {
  readonly client: string;
  /** Its number: the index of the entry that registered it. */
  readonly session: Index;
  /** The highest sequence number known to be applied; 0 before the first write. */
  readonly lastSequence: number;
  /** The index of the last entry that used it. The session used longest ago expires first. */
  readonly lastUsedIndex: Index;
  /** The number of results kept for a retry: those that the client has not acknowledged. */
  readonly keptResults: number;
}

/** The sessions on one node, the latest used first. */
export interface SessionsPage {
  readonly lastApplied: Index;
  readonly sessionCount: number;
  /** If there are more, the one used longest ago, counted in log entries, expires. */
  readonly sessionsMax: number;
  readonly sessions: readonly SessionRow[];
  readonly truncated: boolean;
}

/** The progress of a membership change. */
export interface MembershipAnswer {
  /** The node that it concerns; for `add` and `replace`, the new one. */
  readonly node: NodeName;
  /** Whether it is complete. If not, it continues by itself, and events (nodeJoining, nodeLeaving) report it. */
  readonly isDone: boolean;
  /** The present state, or what the change waits for, in a sentence. */
  readonly detail: string;
}

/** A successful leadership transfer. */
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

/** A node's database file, read without the node. Works on a crashed node, too. */
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
  /** The time of a simulated lab; absent for a live one. */
  readonly time?: TimeStatus;
}

/** The same for a live lab. */
export type LiveAttachAnswer = Omit<AttachAnswer, 'time'>;

/**
 * The events of one frame: all from `firstSeq` to the last one in `events`, except `dropped` ones that were left out
 * because the window was slow. Those only animate the picture. If the view depends on lost events, `firstSeq` does not
 * follow the batch before (and `dropped` counts these, too): attach again.
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
  /** The product's name; the name of a test build says so. */
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

/** A part that Raftlab ships, with its licence. */
export interface Licence {
  readonly name: string;
  readonly version: string;
  /** Its SPDX identifier. */
  readonly licence: string;
  readonly text: string;
}

/** A file that the person chose: a scenario, not parsed yet. */
export interface ScenarioFile {
  /** Without its folder. */
  readonly name: string;
  readonly text: string;
}

/** What the application menu asks the window to do. */
export type MenuAction =
  | 'new-lab' | 'open-lab' | 'open-seed' | 'simulate' | 'run-scenario' | 'add-node' | 'add-learner' | 'settings'
  | 'command-palette' | 'introduction' | 'help' | 'about' | 'network' | 'doors' | 'scale-up' | 'scale-down'
  | 'scale-reset' | 'open-recording' | 'save-recording' | 'export-recording';

/** What main sends to the window besides the lab's events. */
export type WindowSignal =
  /** The settings changed elsewhere (the application menu). */
  | { readonly type: 'settingsChanged'; readonly settings: Settings }
  /** Something that the person should know but that is not the answer to a command. */
  | { readonly type: 'notice'; readonly level: 'warning' | 'error'; readonly message: string }
  /** The system asked to open a recording, as after a double click, and it is open. */
  | { readonly type: 'recordingOpened'; readonly status: HistoryStatus }
  | { readonly type: 'menu'; readonly action: MenuAction };
