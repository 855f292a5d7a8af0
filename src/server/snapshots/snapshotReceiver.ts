/** Receives a leader's snapshot in chunks (Raft §7, Figure 13), and hands it to the core when it is complete. */
import { concatenated, SnapshotError } from '../../kv/index.ts';
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

/** The limit for chunks that arrive ahead of a missing one; a sender's window is smaller. */
const HELD_BYTES_MAX = 1024 * 1024;
/** The most progress events for one snapshot: one for each of this many parts. */
const PROGRESS_EVENTS = 20;

export interface SnapshotReceiverHost {
  readonly world: Pick<ServerWorld, 'newSha256' | 'store' | 'trace'>;
  readonly raft: Pick<RaftNode, 'commitIndex' | 'id' | 'step' | 'term' | 'termAt'>;
  readonly network: Pick<Network, 'sendSnapshotMessage'>;
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
  /** By offset: what has arrived and is not yet in the file. */
  readonly #held = new Map<number, Uint8Array>();
  #heldBytes = 0;
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
      this.#answer(chunk, 0, 0, 'installed');
      return;
    }
    const { incoming } = this.#snapshots;
    if (incoming === undefined || !isSameSnapshot(incoming, chunk.snapshot)) {
      if (incoming !== undefined && chunk.term < (this.#sender?.term ?? 0)) {
        return;
      }
      this.#begin(chunk);
    }
    this.#sender = { id: chunk.from, term: chunk.term };
    this.#mustAnswer = true;
    this.#hold(chunk);
  }

  /**
   * Writes what has arrived, answers, and brings a complete snapshot one short step closer to its installation.
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
    this.#write(sender, incoming);
    if (this.#mustAnswer) {
      this.#mustAnswer = false;
      const { receivedBytes } = this.#snapshots;
      const message = { from: sender.id, snapshot: incoming };
      this.#answer(message, receivedBytes, Math.min(...this.#held.keys(), Infinity), 'receiving');
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

  #begin({ snapshot }: SnapshotChunk): void {
    this.#forget();
    this.#snapshots.beginIncoming(snapshot);
    this.#host.onContentsReleased();
  }

  #hold({ offset, data }: SnapshotChunk): void {
    const { receivedBytes } = this.#snapshots;
    // After a restart chunks may begin at other offsets than before.
    const from = Math.max(offset, receivedBytes);
    const part = data.subarray(from - offset);
    const isNew = part.length > (this.#held.get(from)?.length ?? 0);
    if (isNew && this.#heldBytes + part.length <= HELD_BYTES_MAX) {
      this.#heldBytes += part.length - (this.#held.get(from)?.length ?? 0);
      this.#held.set(from, part);
    }
  }

  /** Writes to the file what continues the received bytes without a gap. */
  #write(sender: Sender, incoming: StoredSnapshot): void {
    const snapshots = this.#snapshots;
    const parts: Uint8Array[] = [];
    let end = snapshots.receivedBytes;
    for (let part = this.#held.get(end); part !== undefined; part = this.#held.get(end)) {
      parts.push(part);
      end += part.length;
    }
    if (parts.length > 0) {
      snapshots.appendIncoming(concatenated(parts));
      this.#letGo(end);
      this.#tellProgress(sender, incoming);
    }
  }

  #letGo(endOffset: number): void {
    for (const [offset, part] of this.#held) {
      if (offset < endOffset) {
        this.#held.delete(offset);
        this.#heldBytes -= part.length;
      }
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
      this.#answer({ from: sender.id, snapshot: incoming }, 0, 0, 'refused');
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
    this.#held.clear();
    this.#heldBytes = 0;
    this.#loader = undefined;
    this.#stateMachine = undefined;
    this.#toldParts = 0;
  }

  get #snapshots(): SnapshotStore {
    return this.#host.world.store.snapshots;
  }

  #answer(
    { from, snapshot }: Pick<SnapshotChunk, 'from'> & { readonly snapshot: Omit<StoredSnapshot, 'contents'> },
    receivedBytes: number, heldFrom: number, state: SnapshotReceiverState,
  ): void {
    this.#host.network.sendSnapshotMessage({
      type: 'SnapshotChunkResponse',
      from: this.#host.raft.id,
      to: from,
      term: this.#host.raft.term,
      snapshot,
      receivedBytes,
      heldFrom: Math.max(receivedBytes, heldFrom === Infinity ? 0 : heldFrom),
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
