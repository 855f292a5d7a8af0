/** Receives a leader's snapshot in chunks (Raft §7, Figure 13), and hands it to the core when it is complete. */
import { SnapshotError } from '../../kv/index.ts';
import type { KvStateMachine } from '../../kv/index.ts';
import { invariant } from '../../raft/assert.ts';
import type { NodeId, RaftNode, Snapshot, Term } from '../../raft/index.ts';
import type { SnapshotChunk, SnapshotReceiverState } from '../../wire/index.ts';
import type { Network } from '../net/network.ts';
import type { NodeTraceBody } from '../protocol.ts';
import type { ServerWorld } from '../world.ts';
import { SnapshotLoader } from './snapshotLoader.ts';
import { asRaftSnapshot, isSameSnapshot } from '../logStore.ts';
import type { SnapshotStore, StoredSnapshot } from '../logStore.ts';

/** The most progress events for one snapshot: one for each of this many parts. */
const PROGRESS_EVENTS = 20;

export interface SnapshotReceiverHost {
  readonly world: Pick<ServerWorld, 'newSha256' | 'store' | 'trace'>;
  readonly raft: Pick<RaftNode, 'commitIndex' | 'id' | 'step' | 'term' | 'termAt'>;
  readonly network: Pick<Network, 'send'>;
  /** How much of a snapshot is read and decoded in one step. */
  readonly stepBytes: number;
  /** Contents may no longer be needed. */
  readonly onContentsReleased: () => void;
}

type ReceivingState = (NodeTraceBody & { type: 'snapshotReceiving' })['state'];

/** The node that sends the incoming snapshot. */
interface Sender {
  readonly id: NodeId;
  readonly term: Term;
}

/**
 * Received data is in the file before it is acknowledged, so that a transfer continues where it was after a loss, a
 * pause or a crash of either side.
 */
export class SnapshotReceiver {
  readonly #host: SnapshotReceiverHost;
  #sender: Sender | undefined;
  #mustAnswer = false;
  #loader: SnapshotLoader | undefined;
  #stateMachine: KvStateMachine | undefined;
  #toldParts = 0;

  constructor(host: SnapshotReceiverHost) {
    this.#host = host;
  }

  /** Takes a chunk. @throws {LabError} when the disk fails */
  receive(chunk: SnapshotChunk): void {
    if (chunk.term < this.#host.raft.term) {
      return; // from a former leader; the answers to its heartbeats tell it
    }
    if (this.#isCovered(chunk.snapshot)) {
      // The core answers without looking at the data, and its answer is what the leader waits for.
      this.#step(chunk.from, chunk.term, asRaftSnapshot(chunk.snapshot));
      this.#answer(chunk, 0, 'installed');
      return;
    }
    const { incoming } = this.#snapshots;
    const isUnderWay = incoming !== undefined && isSameSnapshot(incoming, chunk.snapshot);
    if (!isUnderWay && incoming !== undefined && chunk.term < (this.#sender?.term ?? 0)) {
      return;
    }
    const received = isUnderWay ? incoming : this.#begin(chunk);
    this.#sender = { id: chunk.from, term: chunk.term };
    this.#mustAnswer = true;
    this.#append(this.#sender, chunk, received);
  }

  /**
   * Answers what has arrived, and brings a complete snapshot one short step closer to its installation.
   * Must be called each turn, before the core is asked for its Ready.
   * @returns whether there is more to do at once
   * @throws {LabError} when the disk fails
   */
  work(): boolean {
    const { incoming } = this.#snapshots;
    if (incoming === undefined) {
      return false;
    }
    const sender = this.#sender;
    if (this.#isCovered(incoming)) {
      this.#cancel(sender, incoming);
      return false;
    }
    if (sender === undefined) {
      return false; // from before a restart: its leader will ask how far it has come
    }
    if (this.#mustAnswer) {
      this.#mustAnswer = false;
      this.#answer({ from: sender.id, snapshot: incoming }, this.#snapshots.receivedBytes, 'receiving');
    }
    // The core would ignore a leader of an earlier term; another leader may continue the transfer.
    const isWhole = this.#snapshots.receivedBytes === incoming.bytes && sender.term >= this.#host.raft.term;
    return isWhole && this.#load(sender, incoming);
  }

  /**
   * The state machine of the snapshot that the core wants installed.
   * Must be called when the snapshot is in the file as the node's latest one.
   */
  takeStateMachine({ lastIncludedIndex }: Snapshot): KvStateMachine {
    const stateMachine = this.#stateMachine;
    invariant(
      stateMachine !== undefined, () => `a snapshot at ${lastIncludedIndex} is to be installed, and none was received`,
    );
    this.#forget();
    return stateMachine;
  }

  /** Whether the log or the state machine has everything that the snapshot covers. */
  #isCovered({ lastIncludedIndex, lastIncludedTerm }: Pick<StoredSnapshot, 'lastIncludedIndex' | 'lastIncludedTerm'>) {
    const { raft } = this.#host;
    return lastIncludedIndex <= raft.commitIndex || raft.termAt(lastIncludedIndex) === lastIncludedTerm;
  }

  #begin({ snapshot }: SnapshotChunk): StoredSnapshot {
    this.#forget();
    const incoming = this.#snapshots.beginIncoming(snapshot);
    this.#host.onContentsReleased();
    return incoming;
  }

  /** Writes what continues the received bytes; after a restart a chunk may begin before their end. */
  #append(sender: Sender, { offset, data }: SnapshotChunk, incoming: StoredSnapshot): void {
    const snapshots = this.#snapshots;
    const { receivedBytes } = snapshots;
    if (offset <= receivedBytes && offset + data.length > receivedBytes) {
      snapshots.appendIncoming(data.subarray(receivedBytes - offset));
      this.#tellProgress(sender, incoming);
    }
  }

  /** Builds the state machine; when it is complete, tells the core. @returns whether there is more to do */
  #load(sender: Sender, incoming: StoredSnapshot): boolean {
    if (this.#stateMachine !== undefined) {
      // The core was told in the turn before, and did not want it.
      this.#cancel(sender, incoming);
      return false;
    }
    this.#loader ??= new SnapshotLoader(this.#host.world, incoming, this.#host.stepBytes);
    try {
      this.#stateMachine = this.#loader.step();
    } catch (error) {
      if (!(error instanceof SnapshotError)) {
        throw error;
      }
      this.#answer({ from: sender.id, snapshot: incoming }, 0, 'refused');
      this.#tell(sender, incoming, 'refused');
      this.#drop();
      return false;
    }
    if (this.#stateMachine !== undefined) {
      this.#loader = undefined;
      this.#step(sender.id, sender.term, asRaftSnapshot(incoming));
    }
    return true;
  }

  #step(from: NodeId, term: Term, snapshot: Snapshot): void {
    this.#host.raft.step({ type: 'InstallSnapshot', from, to: this.#host.raft.id, term, snapshot });
  }

  #cancel(sender: Sender | undefined, incoming: StoredSnapshot): void {
    if (sender !== undefined) {
      this.#tell(sender, incoming, 'cancelled');
    }
    this.#drop();
  }

  #drop(): void {
    this.#forget();
    this.#snapshots.dropIncoming();
    this.#host.onContentsReleased();
  }

  #forget(): void {
    this.#sender = undefined;
    this.#mustAnswer = false;
    this.#loader = undefined;
    this.#stateMachine = undefined;
    this.#toldParts = 0;
  }

  get #snapshots(): SnapshotStore {
    return this.#host.world.store.snapshots;
  }

  #answer(
    { from, snapshot }: Pick<SnapshotChunk, 'from'> & { readonly snapshot: Omit<StoredSnapshot, 'contents'> },
    receivedBytes: number, state: SnapshotReceiverState,
  ): void {
    this.#host.network.send({
      type: 'SnapshotChunkResponse',
      from: this.#host.raft.id,
      to: from,
      term: this.#host.raft.term,
      snapshot,
      receivedBytes,
      state,
    });
  }

  #tellProgress(sender: Sender, incoming: StoredSnapshot): void {
    const { receivedBytes } = this.#snapshots;
    const parts = Math.floor(PROGRESS_EVENTS * receivedBytes / incoming.bytes);
    if (parts > this.#toldParts || this.#toldParts === 0) {
      this.#toldParts = Math.max(1, parts);
      this.#tell(sender, incoming, receivedBytes === incoming.bytes ? 'complete' : 'underway');
    }
  }

  #tell({ id }: Sender, incoming: StoredSnapshot, state: ReceivingState): void {
    const { lastIncludedIndex, lastIncludedTerm, bytes } = incoming;
    const { receivedBytes } = this.#snapshots;
    this.#host.world.trace.add({
      type: 'snapshotReceiving', from: id, lastIncludedIndex, lastIncludedTerm, receivedBytes, bytes, state,
    });
  }
}
