/** Sends snapshots to the followers that need them (Raft §7, Figure 13), in chunks, several followers at a time. */
import type { Index, InstallSnapshot, NodeId, ProgressStatus, RaftStatus, Term } from '../../raft/index.ts';
import { snapshotChunkDataBytesMax } from '../../wire/index.ts';
import type { SnapshotChunk, SnapshotChunkResponse, SnapshotMessage } from '../../wire/index.ts';
import type { NodeTraceBody } from '../protocol.ts';
import { isSameSnapshot } from '../storage/snapshotStore.ts';
import type { SnapshotStore, StoredSnapshot } from '../storage/snapshotStore.ts';
import { SnapshotTransfer } from './snapshotTransfer.ts';

/** The longest chunk, even where datagrams may be longer: several chunks must fit into the window. */
const CHUNK_BYTES_MAX = 32 * 1024;
/** The most progress events for one transfer: one for each of this many parts. */
const PROGRESS_EVENTS = 20;
/** A follower that is silent for this many election timeouts is given up, until it is heard from again. */
const SILENCE_ELECTION_TIMEOUTS = 4;

type Outcome = 'finished' | 'given-up' | 'cancelled';

export interface SnapshotSenderHost {
  readonly id: NodeId;
  readonly snapshots: SnapshotStore;
  readonly datagramBytesMax: number;
  readonly electionTimeoutMs: () => number;
  readonly send: (message: SnapshotMessage) => void;
  readonly emit: (event: NodeTraceBody) => void;
  /** How the sending ended, for the core (raft/index.ts, obligation 4). */
  readonly reportSnapshot: (to: NodeId, delivered: boolean) => void;
  /** Contents may no longer be needed. */
  readonly onContentsReleased: () => void;
}

interface Sending {
  readonly to: NodeId;
  readonly term: Term;
  readonly snapshot: StoredSnapshot;
  readonly transfer: SnapshotTransfer;
  readonly chunkBytes: number;
  isAnswered: boolean;
  toldParts: number;
}

export class SnapshotSender {
  readonly #host: SnapshotSenderHost;
  readonly #sendings = new Map<NodeId, Sending>();
  /** The snapshot that was sent last. It is kept while it is useful, so that an interrupted transfer can continue. */
  #kept: StoredSnapshot | undefined;

  constructor(host: SnapshotSenderHost) {
    this.#host = host;
  }

  /** The snapshot that was sent last, maybe older than the node's latest one. */
  get kept(): StoredSnapshot | undefined {
    return this.#kept;
  }

  /** The contents of snapshots that are being sent. */
  get contentsInUse(): readonly number[] {
    const sent = [...this.#sendings.values()].map(({ snapshot }) => snapshot.contents);
    return this.#kept === undefined ? sent : [...sent, this.#kept.contents];
  }

  /** The core wants a follower to have a snapshot. A transfer to it that was under way ends. */
  begin({ to, term }: InstallSnapshot, snapshot: StoredSnapshot, nowMs: number): void {
    const { datagramBytesMax, electionTimeoutMs } = this.#host;
    const empty = this.#chunk(to, term, snapshot, 0, new Uint8Array());
    const chunkBytes = Math.min(CHUNK_BYTES_MAX, snapshotChunkDataBytesMax(empty, datagramBytesMax));
    const silenceMs = SILENCE_ELECTION_TIMEOUTS * electionTimeoutMs();
    const transfer = new SnapshotTransfer({ bytes: snapshot.bytes, chunkBytes, silenceMs }, nowMs);
    const sending = { to, term, snapshot, transfer, chunkBytes, isAnswered: false, toldParts: 0 };
    this.#sendings.set(to, sending);
    this.#kept = snapshot;
    this.#tell(sending, 'started');
  }

  /** Takes a follower's answer. */
  receive(response: SnapshotChunkResponse, nowMs: number): void {
    const sending = this.#sendings.get(response.from);
    if (sending === undefined || !isSameSnapshot(sending.snapshot, response.snapshot)) {
      return; // of an earlier transfer
    }
    if (response.state === 'installed') {
      this.#host.reportSnapshot(sending.to, true);
      this.#end(sending, 'finished');
      return;
    }
    const goesOn = response.state === 'receiving' && sending.transfer.acknowledge(response, nowMs);
    if (!goesOn) {
      this.#host.reportSnapshot(sending.to, false);
      this.#end(sending, 'given-up');
      return;
    }
    this.#tellProgress(sending);
  }

  /**
   * Sends what is due, and ends what is no longer wanted. Must be called each turn.
   * @param status asked only while something is being sent
   * @param firstIndex of the log
   */
  work(status: () => RaftStatus, firstIndex: Index, nowMs: number): void {
    if (this.#sendings.size > 0) {
      const { role, term, progress } = status();
      for (const sending of this.#sendings.values()) {
        const follower = role === 'leader' && term === sending.term
          ? progress.find(({ id }) => id === sending.to)
          : undefined;
        this.#continue(sending, follower, nowMs);
      }
    }
    if (this.#kept !== undefined && this.#sendings.size === 0 && this.#kept.lastIncludedIndex < firstIndex - 1) {
      this.#kept = undefined;
      this.#host.onContentsReleased();
    }
  }

  #continue(sending: Sending, follower: ProgressStatus | undefined, nowMs: number): void {
    if (follower?.state !== 'snapshot') {
      const isThere = (follower?.matchIndex ?? 0) >= sending.snapshot.lastIncludedIndex;
      this.#end(sending, isThere ? 'finished' : 'cancelled');
      return;
    }
    if (sending.transfer.isOverdue(nowMs)) {
      this.#host.reportSnapshot(sending.to, false);
      this.#end(sending, 'given-up');
      return;
    }
    const { to, term, snapshot } = sending;
    for (const { offset, length } of sending.transfer.take(nowMs)) {
      const data = this.#host.snapshots.read(snapshot.contents, offset, length);
      this.#host.send(this.#chunk(to, term, snapshot, offset, data));
    }
  }

  #chunk(to: NodeId, term: Term, snapshot: StoredSnapshot, offset: number, data: Uint8Array): SnapshotChunk {
    return { type: 'SnapshotChunk', from: this.#host.id, to, term, snapshot, offset, data };
  }

  #end(sending: Sending, outcome: Outcome): void {
    this.#sendings.delete(sending.to);
    this.#tell(sending, outcome);
    this.#host.onContentsReleased();
  }

  #tellProgress(sending: Sending): void {
    const { transfer, snapshot } = sending;
    const parts = Math.floor(PROGRESS_EVENTS * transfer.acknowledgedBytes / snapshot.bytes);
    // Only one chunk is in flight until the first answer: a follower that has more had it before.
    if (!sending.isAnswered && transfer.acknowledgedBytes > sending.chunkBytes) {
      this.#tell(sending, 'resumed');
    } else if (parts > sending.toldParts) {
      this.#tell(sending, 'underway');
    }
    sending.isAnswered = true;
    sending.toldParts = Math.max(parts, sending.toldParts);
  }

  #tell({ to, snapshot, transfer }: Sending, state: 'started' | 'resumed' | 'underway' | Outcome): void {
    const { lastIncludedIndex, lastIncludedTerm, bytes } = snapshot;
    const { acknowledgedBytes } = transfer;
    this.#host.emit({
      type: 'snapshotSending', to, lastIncludedIndex, lastIncludedTerm, acknowledgedBytes, bytes, state,
    });
  }
}
