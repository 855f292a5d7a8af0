/** What commands answer: plain data that crosses from the lab to the window and the terminal. */
import type { KvPair, KvResult } from '../kv/commands.ts';
import type { EntryType, HardState, Index, NodeId, Term } from '../raft/types.ts';
import type { Pace, TraceEvent } from '../trace/events.ts';
import type { NodeName } from '../trace/names.ts';
import type { ClusterView } from '../trace/view.ts';

export interface LabSummary {
  readonly labId: string;
  readonly name: string;
  readonly nodeCount: number;
  readonly pace: Pace;
  readonly createdAtMs: number;
  readonly openedAtMs: number;
  readonly isOpen: boolean;
  /** Why the lab cannot be opened, in a sentence: its lab.json is damaged or newer. Absent when all is well. */
  readonly problem?: string;
}

/** Where a command's time went, in milliseconds, measured on the node that was asked. */
export interface KvTiming {
  readonly totalMs: number;
  /** From the question until the entry was in the asked node's log (forwarding included); null when not known. */
  readonly appendedMs: number | null;
  /** From there until the asked node knew that it was committed; null when not known. */
  readonly committedMs: number | null;
}

/** A command's answer, with its route. */
export interface KvAnswer {
  readonly result: KvResult;
  readonly index: Index;
  readonly term: Term;
  /** The node that was asked, then the leader if that is another. */
  readonly route: readonly NodeName[];
  readonly leader: NodeName;
  readonly hops: number;
  /** How many tries it took: more than 1 when a datagram was lost or the leader changed. */
  readonly tries: number;
  readonly timing: KvTiming;
}

/** The contents of one node's state machine, read on the spot: possibly stale, and meant to show just that. */
export interface NodeKvPage {
  readonly lastApplied: Index;
  readonly keyCount: number;
  readonly entries: readonly KvPair[];
  readonly truncated: boolean;
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
  readonly version: string;
  readonly electron: string;
  readonly node: string;
  readonly sqlite: string;
  readonly dataPath: string;
  readonly platform: string;
}

/** What the application menu asks the window to do. */
export type MenuAction =
  | 'new-lab' | 'open-lab' | 'command-palette' | 'introduction' | 'scale-up' | 'scale-down' | 'scale-reset';

/** What main tells the window beside the lab's events. */
export type WindowSignal =
  /** The settings changed elsewhere (the application menu). */
  | { readonly type: 'settingsChanged'; readonly settings: Settings }
  /** Something that the person should know and that no command of theirs can answer. */
  | { readonly type: 'notice'; readonly level: 'warning' | 'error'; readonly message: string }
  | { readonly type: 'menu'; readonly action: MenuAction };
