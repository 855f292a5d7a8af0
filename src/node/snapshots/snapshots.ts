/** Everything that a node does with snapshots: taking its own, sending them to followers, receiving a leader's. */
import type { LabErrorData } from '../../contract/errors.ts';
import type { KvStateMachine } from '../../kv/index.ts';
import type {
  Configuration, Entry, Index, InstallSnapshot, LogStorage, NodeId, RaftNode, Snapshot,
} from '../../raft/index.ts';
import { nodeNameOf } from '../../trace/names.ts';
import type { SnapshotMessage } from '../../wire/index.ts';
import { Compaction } from './compaction.ts';
import { indexNeeded } from './compactionPolicy.ts';
import type { CompactionSettings } from './compactionPolicy.ts';
import type { NodeTraceBody } from '../protocol.ts';
import { SnapshotReceiver } from './snapshotReceiver.ts';
import { SnapshotSender } from './snapshotSender.ts';
import type { RaftStorage } from '../storage/raftStorage.ts';
import { asRaftSnapshot } from '../storage/snapshotStore.ts';
import type { StoredSnapshot } from '../storage/snapshotStore.ts';

export interface NodeSnapshotsHost {
  readonly id: NodeId;
  readonly storage: RaftStorage;
  readonly settings: CompactionSettings;
  readonly datagramBytesMax: number;
  readonly raft: () => RaftNode;
  /** The state machine with everything that is applied, and the last applied index. */
  readonly stateMachine: () => KvStateMachine;
  readonly lastApplied: () => Index;
  readonly tickMs: () => number;
  /** Writes the commit index to the file. */
  readonly writeCommitIndex: () => void;
  readonly send: (message: SnapshotMessage) => void;
  readonly emit: (event: NodeTraceBody) => void;
}

/** The most messages that wait for the next turn: a few windows of senders. */
const INBOX_MAX = 1024;

/** Every method throws a LabError when the disk fails: the node must then stop. */
export class NodeSnapshots {
  /** The log as the core reads it, with the snapshot for followers that need one. */
  readonly logStorage: LogStorage;
  readonly #host: NodeSnapshotsHost;
  readonly #compaction: Compaction;
  readonly #sender: SnapshotSender;
  readonly #receiver: SnapshotReceiver;
  #inbox: SnapshotMessage[] = [];
  /** The snapshot that the core was given last. */
  #offered: StoredSnapshot | undefined;

  constructor(host: NodeSnapshotsHost) {
    this.#host = host;
    const { id, storage, send, emit } = host;
    const { snapshots } = storage;
    const onContentsReleased = (): void => this.#compaction.onContentsReleased();
    this.#sender = new SnapshotSender({
      id, snapshots, send, emit, onContentsReleased,
      datagramBytesMax: host.datagramBytesMax,
      electionTimeoutMs: () => host.raft().status().electionTimeoutTicks * host.tickMs(),
      reportSnapshot: (to, delivered) => host.raft().reportSnapshot(to, delivered),
    });
    this.#receiver = new SnapshotReceiver({
      id, snapshots, send, emit, onContentsReleased,
      currentTerm: () => host.raft().status().term,
      commitIndex: () => host.raft().status().commitIndex,
      termAt: (index) => host.raft().termAt(index),
      step: (message) => host.raft().step(message),
    });
    this.#compaction = new Compaction({
      storage, emit,
      settings: host.settings,
      stateMachine: host.stateMachine,
      lastApplied: host.lastApplied,
      configuration: () => host.raft().status().configuration,
      indexNeeded: () => indexNeeded(host.raft().status().progress.filter((member) => member.id !== id)),
      contentsInUse: () => this.#sender.contentsInUse,
      writeCommitIndex: host.writeCommitIndex,
    });
    this.logStorage = {
      initialState: () => storage.initialState(),
      firstIndex: () => storage.firstIndex(),
      lastIndex: () => storage.lastIndex(),
      term: (index) => storage.term(index),
      entries: (low, high, maxBytes) => storage.entries(low, high, maxBytes),
      snapshot: () => this.#offer(),
    };
  }

  /** A chunk or an answer arrived. @returns false when it cannot be taken */
  enqueue(message: SnapshotMessage): boolean {
    if (this.#inbox.length >= INBOX_MAX) {
      return false;
    }
    this.#inbox.push(message);
    return true;
  }

  /**
   * Takes what has arrived. Must be called each turn, before the core is asked for its Ready.
   * @returns whether there is more to do at once
   */
  takeArrived(): boolean {
    const inbox = this.#inbox;
    this.#inbox = [];
    for (const message of inbox) {
      if (message.type === 'SnapshotChunk') {
        this.#receiver.receive(message);
      } else {
        this.#sender.receive(message, performance.now());
      }
    }
    return this.#receiver.work();
  }

  /** Sends what is due and does a step of the compaction. Must be called at the end of each turn. @returns as above */
  work(): boolean {
    const { raft, storage } = this.#host;
    this.#sender.work(() => raft().status(), storage.firstIndex(), performance.now());
    return this.#compaction.step();
  }

  /** Sends the snapshot of a message that the core wants sent. */
  send(message: InstallSnapshot): void {
    const snapshot = [this.#offered, ...this.#sendable]
      .find((candidate) => candidate?.lastIncludedIndex === message.snapshot.lastIncludedIndex);
    if (snapshot === undefined) {
      // It was offered before a membership change that it does not include: the core must ask again.
      this.#host.raft().reportSnapshot(message.to, false);
    } else {
      this.#sender.begin(message, snapshot, performance.now());
    }
  }

  /** The state machine of a leader's snapshot, which is in the file now and replaces the node's own. */
  takeInstalled(snapshot: Snapshot): KvStateMachine {
    this.#compaction.onInstalled();
    return this.#receiver.takeStateMachine(snapshot);
  }

  onApplied(entries: readonly Entry[]): void {
    this.#compaction.onApplied(entries);
  }

  /** Takes a snapshot now and discards the log that it covers. `settled` is called when that is done. */
  compactNow(settled: (error?: LabErrorData) => void): void {
    if (this.#host.lastApplied() === 0) {
      const message = `${nodeNameOf(this.#host.id)} has applied nothing yet: there is nothing to take a snapshot of`;
      settled({ code: 'refused', message });
      return;
    }
    this.#compaction.compactNow(settled);
  }

  close(): void {
    this.#compaction.close();
  }

  /**
   * The snapshot for a follower. It must include every current member, so that a joining node learns from it that it is
   * a member. If no snapshot does, one is taken, and the core asks again after the follower's next message.
   */
  #offer(): Snapshot | undefined {
    const { storage, raft } = this.#host;
    const members = membersOf(raft().status().configuration);
    const isUseful = (snapshot: StoredSnapshot): boolean => snapshot.lastIncludedIndex > 0
      && snapshot.lastIncludedIndex >= storage.firstIndex() - 1
      && members.every((id) => membersOf(snapshot.configuration).includes(id));
    const useful = this.#sendable.find(isUseful);
    if (useful === undefined) {
      this.#compaction.want();
      return undefined;
    }
    this.#offered = useful;
    return asRaftSnapshot(useful);
  }

  /** Snapshots that could be sent. The one sent last comes first: the follower may already have a part of it. */
  get #sendable(): readonly StoredSnapshot[] {
    const { kept } = this.#sender;
    const { current } = this.#host.storage.snapshots;
    return kept === undefined ? [current] : [kept, current];
  }
}

function membersOf({ voters, votersOutgoing, learners }: Configuration): readonly NodeId[] {
  return [...voters, ...votersOutgoing, ...learners];
}
