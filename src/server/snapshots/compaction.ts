/** Takes snapshots of a node's state machine and discards the log that they cover (Raft §7), a short step at a time. */
import type { LabErrorData } from '../../contract/errors.ts';
import { concatenated } from '../../kv/index.ts';
import type { FrozenState } from '../../kv/index.ts';
import { entriesBytes } from '../../raft/index.ts';
import type { Configuration, Entry, Index, ProgressStatus, RaftNode, Term } from '../../raft/index.ts';
import { discardableIndex, indexNeeded, isSnapshotDue } from './compactionPolicy.ts';
import type { CompactionSettings } from './compactionPolicy.ts';
import { DELETED_AT_ONCE_BYTES } from '../logStore.ts';
import type { LogStore } from '../logStore.ts';
import type { Applier } from '../turn/applier.ts';
import type { ReadyWriter } from '../turn/readyWriter.ts';
import type { Clock, ServerWorld, Sha256 } from '../world.ts';

/** How long one step encodes and writes: well below a heartbeat. */
const STEP_MS = 5;
/**
 * How many bytes of a snapshot are written for each byte that is applied meanwhile. Without this tie to the writes,
 * fast writers would outrun the work, and raft.db would reach its limit.
 */
const WORK_PER_APPLIED_BYTE = 2;
/** Discarding a byte costs a fraction of writing one. */
const DISCARDING_COST = 0.25;

export interface CompactionHost {
  readonly world: Pick<ServerWorld, 'clock' | 'newSha256' | 'store' | 'trace'>;
  readonly settings: CompactionSettings;
  /** How much of a snapshot one step encodes and writes at most. */
  readonly stepBytes: number;
  readonly raft: Pick<RaftNode, 'configuration' | 'id' | 'status'>;
  readonly applier: Pick<Applier, 'stateMachine' | 'lastApplied'>;
  readonly writer: Pick<ReadyWriter, 'writeWaiting'>;
  /** Snapshots that are being sent to followers: their contents are kept. */
  readonly contentsInUse: () => readonly number[];
}

/** A snapshot that is being taken. */
interface Taking {
  readonly lastIncludedIndex: Index;
  readonly lastIncludedTerm: Term;
  readonly configuration: Configuration;
  readonly state: FrozenState;
  readonly contents: number;
  readonly hash: Sha256;
  readonly startedAtMs: number;
  bytes: number;
}

interface Discarding {
  readonly toIndex: Index;
  /** The callbacks that wait for it. */
  readonly settled: readonly Settled[];
}

/** Called without an error when the log is compacted. */
type Settled = (error?: LabErrorData) => void;

/**
 * The node calls `step` at the end of each turn and works as usual between two steps. A crash at any moment leaves a
 * file that opens: the snapshot counts once the transaction that names it is committed, and the log is shortened from
 * its front, in one transaction with its new beginning. Every method throws a LabError when the disk fails: the node
 * must then stop.
 */
export class Compaction {
  readonly #host: CompactionHost;
  #sinceEntries = 0;
  #sinceBytes = 0;
  /** Work that is due at once, for what was applied since the last step. */
  #owedBytes = 0;
  #taking: Taking | undefined;
  /** Complete, and waiting for the commit index to be written. */
  #finishing: Taking | undefined;
  #discarding: Discarding | undefined;
  /** The file may hold pieces of snapshots that nobody needs: what a crash left, or an older snapshot. */
  #mayHaveUnused = true;
  /** A new snapshot is needed, whether one is due or not. */
  #isWanted = false;
  /** The callbacks of requested compactions, which discard everything that the snapshot covers. */
  #waiting: Settled[] = [];

  constructor(host: CompactionHost) {
    this.#host = host;
  }

  /** Entries were applied. */
  onApplied(entries: readonly Entry[]): void {
    this.#sinceEntries += entries.length;
    this.#owedBytes += WORK_PER_APPLIED_BYTE * entriesBytes(entries);
    for (const entry of entries) {
      this.#sinceBytes += entry.data.length;
    }
  }

  /** Takes a snapshot as soon as possible, because a follower needs one. One that is being taken may be enough. */
  want(): void {
    this.#isWanted ||= this.#taking === undefined;
  }

  /** Takes a snapshot now and discards the whole log that it covers. `settled` is called when that is done. */
  compactNow(settled: Settled): void {
    this.want();
    this.#waiting.push(settled);
  }

  /** A leader's snapshot replaced the state machine and the log. */
  onInstalled(): void {
    this.#abandon();
    this.#settle();
    this.#sinceEntries = 0;
    this.#sinceBytes = 0;
    this.#mayHaveUnused = true;
  }

  /** A snapshot is no longer being sent or received: its contents may be unused now. */
  onContentsReleased(): void {
    this.#mayHaveUnused = true;
  }

  /**
   * Does one short piece of work, and more of them if the entries applied since the last step require it.
   * @returns whether there is more
   */
  step(): boolean {
    do {
      const doneBytes = this.#work();
      this.#owedBytes -= doneBytes;
    } while (this.#owedBytes > 0 && this.#isUnderWay && this.#finishing === undefined);
    this.#owedBytes = 0;
    return this.#isUnderWay || this.#isWanted;
  }

  get #isUnderWay(): boolean {
    return this.#taking !== undefined || this.#finishing !== undefined || this.#discarding !== undefined
      || this.#mayHaveUnused;
  }

  /** @returns the work that was done, as the number of bytes that could have been written instead */
  #work(): number {
    if (this.#finishing !== undefined) {
      return 0;
    }
    // Unused pieces are deleted first, so that the file holds no more than the old snapshot and the new one.
    if (this.#taking === undefined && this.#discarding === undefined) {
      if (this.#mayHaveUnused) {
        this.#mayHaveUnused = this.#store.snapshots.deleteUnused(this.#host.contentsInUse());
      }
      if (this.#mayHaveUnused) {
        return DELETED_AT_ONCE_BYTES * DISCARDING_COST;
      }
      this.#beginIfDue();
    }
    if (this.#taking !== undefined) {
      return this.#take(this.#taking);
    }
    return this.#discarding === undefined ? 0 : this.#discard(this.#discarding) * DISCARDING_COST;
  }

  /** The node ends. */
  close(): void {
    this.#abandon();
    this.#settle({ code: 'node-stopped', message: 'the node ended before its log was compacted: restart it first' });
  }

  #beginIfDue(): void {
    const { settings, applier: { lastApplied } } = this.#host;
    const isDue = isSnapshotDue({ entries: this.#sinceEntries, bytes: this.#sinceBytes }, settings);
    if (!isDue && !this.#isWanted) {
      return;
    }
    this.#isWanted = false;
    if (lastApplied > this.#store.snapshots.current.lastIncludedIndex) {
      this.#begin(lastApplied);
    } else {
      this.#beginDiscarding();
    }
  }

  #begin(lastApplied: Index): void {
    const { raft, applier, world: { clock, newSha256 } } = this.#host;
    this.#taking = {
      lastIncludedIndex: lastApplied,
      lastIncludedTerm: this.#store.term(lastApplied),
      configuration: raft.configuration,
      state: applier.stateMachine.freeze(),
      contents: this.#store.snapshots.newContents(),
      hash: newSha256(),
      startedAtMs: clock.nowMs(),
      bytes: 0,
    };
    this.#sinceEntries = 0;
    this.#sinceBytes = 0;
    this.#owedBytes = 0;
  }

  /** @returns how many bytes it wrote */
  #take(taking: Taking): number {
    const startedAtMs = this.#clock.nowMs();
    const blocks: Uint8Array[] = [];
    let bytes = 0;
    let isDone = false;
    while (bytes < this.#host.stepBytes && this.#clock.nowMs() - startedAtMs < STEP_MS && !isDone) {
      const next = taking.state.blocks.next();
      if (next.done === true) {
        isDone = true;
      } else {
        blocks.push(next.value);
        bytes += next.value.length;
      }
    }
    if (bytes > 0) {
      const piece = concatenated(blocks);
      taking.hash.update(piece);
      this.#store.snapshots.writePiece(taking.contents, taking.bytes, piece);
      taking.bytes += bytes;
    }
    if (isDone) {
      this.#finish(taking);
    }
    return bytes;
  }

  #finish(taking: Taking): void {
    this.#abandon();
    this.#finishing = taking;
    // The stored commit index may be behind; the log must not be discarded beyond it.
    this.#host.writer.writeWaiting(() => {
      if (this.#finishing === taking) {
        this.#finishing = undefined;
        this.#adopt(taking);
      }
    });
  }

  #adopt(taking: Taking): void {
    const { lastIncludedIndex, lastIncludedTerm, configuration, contents, bytes } = taking;
    this.#store.snapshots.adopt({
      lastIncludedIndex, lastIncludedTerm, configuration, contents, bytes, sha256: taking.hash.digest(),
    });
    this.#mayHaveUnused = true;
    const durationMs = this.#clock.nowMs() - taking.startedAtMs;
    this.#host.world.trace.add({ type: 'snapshotTaken', lastIncludedIndex, lastIncludedTerm, bytes, durationMs });
    this.#beginDiscarding();
  }

  #beginDiscarding(): void {
    const { settings, raft } = this.#host;
    const store = this.#store;
    const { lastIncludedIndex } = store.snapshots.current;
    const toIndex = this.#waiting.length > 0
      ? lastIncludedIndex
      : discardableIndex(lastIncludedIndex, indexNeeded(followersOf(raft)), {
        firstIndex: store.firstIndex(),
        bytes: store.logBytes,
        beforeTrailing: store.indexBefore(lastIncludedIndex, settings.trailingEntries, settings.afterBytes),
      }, settings);
    if (toIndex >= store.firstIndex()) {
      this.#discarding = { toIndex, settled: this.#waiting.splice(0) };
    } else {
      this.#settle();
    }
  }

  /** @returns how many bytes of entries it discarded */
  #discard({ toIndex, settled }: Discarding): number {
    const store = this.#store;
    const bytesBefore = store.logBytes;
    if (store.discardLogTo(toIndex)) {
      this.#discarding = undefined;
      this.#host.world.trace.add({ type: 'logCompacted', firstIndex: store.firstIndex() });
      settled.forEach((settle) => settle());
    }
    return bytesBefore - store.logBytes;
  }

  /** Calls everyone who waits. */
  #settle(error?: LabErrorData): void {
    const waiting = [...this.#discarding?.settled ?? [], ...this.#waiting.splice(0)];
    this.#discarding = undefined;
    waiting.forEach((settle) => settle(error));
  }

  get #store(): LogStore {
    return this.#host.world.store;
  }

  get #clock(): Clock {
    return this.#host.world.clock;
  }

  #abandon(): void {
    this.#taking?.state.release();
    this.#taking = undefined;
    this.#finishing = undefined;
  }
}

function followersOf(raft: Pick<RaftNode, 'id' | 'status'>): readonly ProgressStatus[] {
  return raft.status().progress.filter(({ id }) => id !== raft.id);
}
