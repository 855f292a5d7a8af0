/** Sends snapshots to the followers that need them (Raft §7, Figure 13), in pieces, several followers at a time. */
import type { InstallSnapshot, NodeId, ProgressStatus, RaftNode, Term } from '../../raft/index.ts';
import type { SnapshotChunk, SnapshotChunkResponse } from '../../wire/index.ts';
import type { Network } from '../net/network.ts';
import { isSameSnapshot } from '../logStore.ts';
import type { StoredSnapshot } from '../logStore.ts';
import type { ServerWorld } from '../world.ts';
import { SnapshotTransfer } from './snapshotTransfer.ts';
import type { PieceRange } from './snapshotTransfer.ts';

/** What fits into the window of its fragments: a round trip for each piece (wire/fragmentSender.ts). */
const PIECE_BYTES_MAX = 224 * 1024;
/** The most progress events for one transfer: one for each of this many parts. */
const PROGRESS_EVENTS = 20;
/** A follower that is silent for this many election timeouts is given up, until it is heard from again. */
const SILENCE_ELECTION_TIMEOUTS = 4;

type Outcome = 'finished' | 'given-up' | 'cancelled';

export interface SnapshotSenderHost {
  readonly world: Pick<ServerWorld, 'clock' | 'pacemaker' | 'store' | 'trace'>;
  readonly raft: Pick<RaftNode, 'electionTimeoutTicks' | 'id' | 'reportSnapshot' | 'status'>;
  readonly network: Pick<Network, 'isSendingTo' | 'send'>;
  /** The most of a snapshot that one message carries. */
  readonly stepBytes: number;
  /** Contents may no longer be needed. */
  readonly onContentsReleased: () => void;
}

interface Sending {
  readonly to: NodeId;
  readonly term: Term;
  readonly snapshot: StoredSnapshot;
  readonly transfer: SnapshotTransfer;
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
  begin({ to, term }: InstallSnapshot, snapshot: StoredSnapshot): void {
    const { stepBytes, raft, world: { clock, pacemaker } } = this.#host;
    const silenceMs = SILENCE_ELECTION_TIMEOUTS * raft.electionTimeoutTicks * pacemaker.tickMs;
    const transfer = new SnapshotTransfer(
      { bytes: snapshot.bytes, pieceBytes: Math.min(stepBytes, PIECE_BYTES_MAX), silenceMs }, clock.nowMs(),
    );
    const sending = { to, term, snapshot, transfer, isAnswered: false, toldParts: 0 };
    this.#sendings.set(to, sending);
    this.#kept = snapshot;
    this.#tell(sending, 'started');
  }

  /** Takes a follower's answer. */
  receive(response: SnapshotChunkResponse): void {
    const sending = this.#sendings.get(response.from);
    if (sending === undefined || !isSameSnapshot(sending.snapshot, response.snapshot)) {
      return; // of an earlier transfer
    }
    if (response.state === 'installed') {
      this.#host.raft.reportSnapshot(sending.to, true);
      this.#end(sending, 'finished');
      return;
    }
    const nowMs = this.#host.world.clock.nowMs();
    const { receivedBytes, state } = response;
    const goesOn = state === 'receiving' && sending.transfer.acknowledge(receivedBytes, nowMs);
    if (!goesOn) {
      this.#host.raft.reportSnapshot(sending.to, false);
      this.#end(sending, 'given-up');
      return;
    }
    this.#tellProgress(sending);
  }

  /** Sends what is due, and ends what is no longer wanted. Must be called each turn. */
  work(): void {
    const { raft, world: { clock, store } } = this.#host;
    if (this.#sendings.size > 0) {
      const { role, term, progress } = raft.status();
      for (const sending of this.#sendings.values()) {
        const follower = role === 'leader' && term === sending.term
          ? progress.find(({ id }) => id === sending.to)
          : undefined;
        this.#continue(sending, follower, clock.nowMs());
      }
    }
    const kept = this.#kept;
    if (kept !== undefined && this.#sendings.size === 0 && kept.lastIncludedIndex < store.firstIndex() - 1) {
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
      this.#host.raft.reportSnapshot(sending.to, false);
      this.#end(sending, 'given-up');
      return;
    }
    const { to, term, snapshot } = sending;
    const { network, world: { store } } = this.#host;
    const take = (): PieceRange | undefined => sending.transfer.take(nowMs, network.isSendingTo(to));
    for (let range = take(); range !== undefined; range = take()) {
      const data = store.snapshots.read(snapshot.contents, range.offset, range.length);
      network.send(this.#chunk(to, term, snapshot, range.offset, data));
    }
  }

  #chunk(to: NodeId, term: Term, snapshot: StoredSnapshot, offset: number, data: Uint8Array): SnapshotChunk {
    return { type: 'SnapshotChunk', from: this.#host.raft.id, to, term, snapshot, offset, data };
  }

  #end(sending: Sending, outcome: Outcome): void {
    this.#sendings.delete(sending.to);
    this.#tell(sending, outcome);
    this.#host.onContentsReleased();
  }

  #tellProgress(sending: Sending): void {
    const { transfer, snapshot } = sending;
    const parts = Math.floor(PROGRESS_EVENTS * transfer.acknowledgedBytes / snapshot.bytes);
    // Nothing was sent before the first answer: a follower that has something had it before.
    if (!sending.isAnswered && transfer.acknowledgedBytes > 0) {
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
    this.#host.world.trace.add({
      type: 'snapshotSending', to, lastIncludedIndex, lastIncludedTerm, acknowledgedBytes, bytes, state,
    });
  }
}
