/** Everything that a node does with snapshots: taking its own, sending them to followers, receiving a leader's. */
import type { LabErrorData } from '../../contract/errors.ts';
import type { KvStateMachine } from '../../kv/index.ts';
import type { Configuration, Entry, InstallSnapshot, NodeId, RaftNode, Snapshot } from '../../raft/index.ts';
import { nodeNameOf } from '../../trace/names.ts';
import type { SnapshotMessage } from '../../wire/index.ts';
import { asRaftSnapshot } from '../logStore.ts';
import type { LogStore, StoredSnapshot } from '../logStore.ts';
import type { Network } from '../net/network.ts';
import type { Applier } from '../turn/applier.ts';
import type { ReadyWriter } from '../turn/readyWriter.ts';
import type { SnapshotOffer } from '../turn/serverLog.ts';
import type { EventCause } from '../../trace/events.ts';
import type { TurnTrace, TurnWorld } from '../trace/turnTrace.ts';
import { Compaction } from './compaction.ts';
import type { CompactionSettings } from './compactionPolicy.ts';
import { SnapshotReceiver } from './snapshotReceiver.ts';
import { SnapshotSender } from './snapshotSender.ts';

export interface ServerSnapshotsHost {
  readonly world: TurnWorld;
  readonly settings: CompactionSettings;
  readonly raft: RaftNode;
  readonly applier: Applier;
  readonly writer: ReadyWriter;
  readonly network: Network;
  /** How much of a snapshot is encoded, written, sent or decoded in one step. */
  readonly stepBytes: number;
}

/** The most messages that wait for the next turn: a few windows of senders. */
const INBOX_MAX = 1024;

/** Every method throws a LabError when the disk fails: the node must then stop. */
export class ServerSnapshots implements SnapshotOffer {
  readonly #raft: RaftNode;
  readonly #applier: Applier;
  readonly #store: LogStore;
  readonly #compaction: Compaction;
  readonly #sender: SnapshotSender;
  readonly #receiver: SnapshotReceiver;
  readonly #trace: TurnTrace;
  #inbox: { readonly message: SnapshotMessage; readonly cause: EventCause }[] = [];
  /** The snapshot that the core was given last. */
  #offered: StoredSnapshot | undefined;

  constructor(host: ServerSnapshotsHost) {
    this.#raft = host.raft;
    this.#applier = host.applier;
    this.#store = host.world.store;
    this.#trace = host.world.trace;
    this.#compaction = new Compaction({ ...host, contentsInUse: () => this.#sender.contentsInUse });
    const onContentsReleased = (): void => this.#compaction.onContentsReleased();
    this.#sender = new SnapshotSender({ ...host, onContentsReleased });
    this.#receiver = new SnapshotReceiver({ ...host, onContentsReleased });
  }

  /** A chunk or an answer arrived. @returns false when it cannot be taken */
  enqueue(message: SnapshotMessage, cause: EventCause): boolean {
    if (this.#inbox.length >= INBOX_MAX) {
      return false;
    }
    this.#inbox.push({ message, cause });
    return true;
  }

  /**
   * Takes what has arrived. Must be called each turn, before the core is asked for its Ready.
   * @returns whether there is more to do at once
   */
  takeArrived(): boolean {
    const inbox = this.#inbox;
    this.#inbox = [];
    for (const { message, cause } of inbox) {
      this.#trace.because(cause);
      if (message.type === 'SnapshotChunk') {
        this.#receiver.receive(message);
      } else {
        this.#sender.receive(message);
      }
    }
    this.#trace.because(undefined);
    return this.#receiver.work();
  }

  /** Sends what is due and does a step of the compaction. Must be called at the end of each turn. @returns as above */
  work(): boolean {
    this.#sender.work();
    return this.#compaction.step();
  }

  /** Sends the snapshot of a message that the core wants sent. */
  send(message: InstallSnapshot): void {
    const snapshot = [this.#offered, ...this.#sendable]
      .find((candidate) => candidate?.lastIncludedIndex === message.snapshot.lastIncludedIndex);
    if (snapshot === undefined) {
      // It was offered before a membership change that it does not include: the core must ask again.
      this.#raft.reportSnapshot(message.to, false);
    } else {
      this.#sender.begin(message, snapshot);
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
    if (this.#applier.lastApplied === 0) {
      const message = `${nodeNameOf(this.#raft.id)} has applied nothing yet: there is nothing to take a snapshot of`;
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
  offer(): Snapshot | undefined {
    const members = membersOf(this.#raft.configuration);
    const isUseful = (snapshot: StoredSnapshot): boolean => snapshot.lastIncludedIndex > 0
      && snapshot.lastIncludedIndex >= this.#store.firstIndex() - 1
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
    const { current } = this.#store.snapshots;
    return kept === undefined ? [current] : [kept, current];
  }
}

function membersOf({ voters, votersOutgoing, learners }: Configuration): readonly NodeId[] {
  return [...voters, ...votersOutgoing, ...learners];
}
