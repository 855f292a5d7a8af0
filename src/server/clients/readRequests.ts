/**
 * Reads without a log entry (dissertation §6.4). Many reads share one read index. The leader is asked for it under a
 * context of its own, and again under another context when the answer is lost.
 */
import { NONE } from '../../raft/index.ts';
import type { Index, NodeId, RaftNode, ReadState } from '../../raft/index.ts';
import { textOfBytes } from '../bytes.ts';
import type { Clock } from '../world.ts';
import type { KnownLeaders } from './knownLeaders.ts';
import type { PendingRequest } from './pendingRequest.ts';
import { Tries } from './retry.ts';
import type { Wait } from './waitReports.ts';

/** The most batches that wait for their read index; beyond that, reads gather for the next one. */
const ASKED_BATCHES_MAX = 4;
const CONTEXT_BYTES = 12;
const TWO_TO_32 = 2 ** 32;

export interface ReadRequestsHost {
  readonly id: NodeId;
  readonly clock: Clock;
  /** Makes the contexts of this boot differ from those of any other: an answer to an earlier boot confirms nothing. */
  readonly boot: number;
  readonly raft: Pick<RaftNode, 'readIndex'>;
  readonly onForwarded: (pending: PendingRequest, to: NodeId) => void;
  /** The state machine has applied what the read had to wait for: it may be answered now. */
  readonly onReadable: (pending: PendingRequest, read: ConfirmedRead) => void;
}

/** How a read index was obtained. */
export interface ConfirmedRead extends Pick<ReadState, 'readIndex' | 'confirmedBy'> {
  /** The leader that was asked last. */
  readonly leader: NodeId;
  readonly tries: number;
  readonly batchSize: number;
  readonly confirmedAtMs: number;
}

/** Reads that are answered under one read index: all of them were asked before it was asked for. */
interface ReadBatch {
  readonly needsRound: boolean;
  readonly reads: Set<PendingRequest>;
  readonly tries: Tries;
  /** The contexts of its tries. An answer to any of them is enough: each was given after the reads had come in. */
  readonly contexts: string[];
}

export class ReadRequests {
  readonly #host: ReadRequestsHost;
  readonly #leaders: KnownLeaders;
  /** Reads that came in since the last batch was made: those that need a round, and those that a lease may serve. */
  readonly #gathering = { round: new Set<PendingRequest>(), lease: new Set<PendingRequest>() };
  readonly #asked = new Set<ReadBatch>();
  readonly #byContext = new Map<string, ReadBatch>();
  /** Batches that have their read index and wait for the state machine. */
  readonly #confirmed = new Map<ReadBatch, ConfirmedRead>();
  #lastApplied: Index;
  #nowTick = 0;
  #contextCount = 0;

  constructor(leaders: KnownLeaders, lastApplied: Index, host: ReadRequestsHost) {
    this.#leaders = leaders;
    this.#lastApplied = lastApplied;
    this.#host = host;
  }

  /** @param needsRound whether a round is needed even where the leader holds a lease */
  add(pending: PendingRequest, needsRound: boolean): void {
    this.#gathering[needsRound ? 'round' : 'lease'].add(pending);
  }

  /** The request was answered or given up. */
  remove(pending: PendingRequest): void {
    this.#gathering.round.delete(pending);
    this.#gathering.lease.delete(pending);
    for (const batch of [...this.#asked, ...this.#confirmed.keys()]) {
      if (batch.reads.delete(pending) && batch.reads.size === 0) {
        this.#forget(batch);
      }
    }
  }

  /** What the request waits for. */
  waitOf(pending: PendingRequest): Wait {
    for (const [{ reads }, { readIndex }] of this.#confirmed) {
      if (reads.has(pending)) {
        return { waitsFor: 'apply', index: readIndex };
      }
    }
    return { waitsFor: this.#leaders.leader === NONE ? 'leader' : 'read-index' };
  }

  tick(): void {
    this.#nowTick += 1;
  }

  /** Asks for the read indexes that are due: for new reads, and again where the answer seems lost. */
  ask(): void {
    if (this.#leaders.leader === NONE) {
      return;
    }
    for (const batch of [...this.#asked]) {
      this.#askIfDue(batch);
    }
    this.#askForGathered(this.#gathering.round, true);
    this.#askForGathered(this.#gathering.lease, false);
  }

  /** Read indexes have come. Those that this node no longer waits for are ignored. */
  onReadStates(states: readonly ReadState[]): void {
    for (const { readIndex, context, confirmedBy } of states) {
      const batch = this.#byContext.get(keyOf(context));
      if (batch === undefined) {
        continue;
      }
      this.#forget(batch);
      this.#confirmed.set(batch, {
        readIndex,
        confirmedBy,
        leader: batch.tries.leader,
        tries: batch.tries.count,
        batchSize: batch.reads.size,
        confirmedAtMs: this.#host.clock.nowMs(),
      });
    }
    this.onApplied(this.#lastApplied);
  }

  /** The state machine has applied everything up to `lastApplied`. */
  onApplied(lastApplied: Index): void {
    this.#lastApplied = lastApplied;
    for (const [batch, confirmed] of this.#confirmed) {
      if (confirmed.readIndex <= lastApplied) {
        this.#confirmed.delete(batch);
        for (const pending of batch.reads) {
          this.#host.onReadable(pending, confirmed);
        }
      }
    }
  }

  #askForGathered(gathered: Set<PendingRequest>, needsRound: boolean): void {
    if (gathered.size === 0 || this.#asked.size >= ASKED_BATCHES_MAX) {
      return;
    }
    const batch: ReadBatch = { needsRound, reads: new Set(gathered), tries: new Tries(), contexts: [] };
    gathered.clear();
    this.#asked.add(batch);
    this.#askIfDue(batch);
  }

  #askIfDue(batch: ReadBatch): void {
    if (!batch.tries.isDue(this.#leaders, this.#nowTick)) {
      return;
    }
    const context = this.#newContext();
    const key = keyOf(context);
    this.#byContext.set(key, batch);
    batch.contexts.push(key);
    batch.tries.note(this.#leaders, this.#nowTick);
    if (!this.#host.raft.readIndex(context, batch.needsRound)) {
      batch.tries.takeBack();
      batch.contexts.pop();
      this.#byContext.delete(key);
    } else if (this.#leaders.leader !== this.#host.id) {
      for (const pending of batch.reads) {
        this.#host.onForwarded(pending, this.#leaders.leader);
      }
    }
  }

  #newContext(): Uint8Array {
    this.#contextCount += 1;
    const context = new Uint8Array(CONTEXT_BYTES);
    const view = new DataView(context.buffer);
    view.setUint32(0, this.#host.boot % TWO_TO_32);
    view.setUint32(4, Math.floor(this.#contextCount / TWO_TO_32));
    view.setUint32(8, this.#contextCount % TWO_TO_32);
    return context;
  }

  #forget(batch: ReadBatch): void {
    this.#asked.delete(batch);
    this.#confirmed.delete(batch);
    for (const context of batch.contexts) {
      this.#byContext.delete(context);
    }
  }
}

function keyOf(context: Uint8Array): string {
  return textOfBytes(context);
}
