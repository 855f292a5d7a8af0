/**
 * The cluster's recent past as a tape: the leaders of the terms, and the times of elections, faults and commits. A fold
 * over trace events in bounded memory, outside Vue's reactivity.
 */
import type { TraceEvent } from '../../trace/events.ts';
import { fullNodeName } from '../../trace/names.ts';
import type { NodeName } from '../../trace/names.ts';
import { variantWords } from '../../trace/variantWords.ts';

/** A period in which a leader led one term. */
export interface TermBand {
  readonly term: number;
  /** The leader's Raft identifier. */
  readonly leader: number;
  readonly fromMs: number;
  /** Null while it leads. */
  toMs: number | null;
}

export type MarkKind = 'election' | 'fault' | 'repair' | 'finding';

/** An event that changed the state of the cluster. */
export interface TapeMark {
  readonly seq: number;
  readonly atMs: number;
  readonly kind: MarkKind;
  readonly text: string;
}

/** A period in which the network was partitioned. */
export interface CutSpan {
  readonly fromMs: number;
  /** The sides, as far as they are still there: with a side's last node the partition goes. */
  groups: readonly (readonly NodeName[])[];
  toMs: number | null;
}

const BANDS_MAX = 500;
export const MARKS_MAX = 500;
const COMMITS_MAX = 4000;

/** Drops the oldest items beyond a limit. */
function trim(items: unknown[], max: number): void {
  if (items.length > max) items.splice(0, items.length - max);
}

export class TermTape {
  readonly bands: TermBand[] = [];
  readonly marks: TapeMark[] = [];
  readonly cuts: CutSpan[] = [];
  /** The times when the leader's commitIndex moved. */
  readonly commitsMs: number[] = [];
  /** The time of the first event that the tape knows of; null before it. */
  knownFromMs: number | null = null;

  clear(): void {
    this.bands.length = 0;
    this.marks.length = 0;
    this.cuts.length = 0;
    this.commitsMs.length = 0;
    this.knownFromMs = null;
  }

  /** The present leader's band; null while there is none. */
  get open(): TermBand | null {
    const newest = this.bands.at(-1);
    return newest?.toMs === null ? newest : null;
  }

  /** Adds a leader that was elected before the tape began. */
  leadsAlready(leader: number, term: number): void {
    if (this.bands.length > 0 || this.knownFromMs === null) return;
    this.bands.push({ term, leader, fromMs: this.knownFromMs, toMs: null });
  }

  /** Folds the next event. */
  see(event: TraceEvent): void {
    this.knownFromMs ??= event.atMs;
    switch (event.type) {
      case 'roleChanged':
        if (event.role === 'leader') this.#lead(event.node, event.term, event.atMs);
        else this.#lead(event.node, 0, event.atMs);
        if (event.role === 'candidate') this.#mark(event, 'election', `${fullNodeName(event.node)} asks for votes`);
        return;
      case 'commitAdvanced':
        if (this.open?.leader !== event.node) return;
        this.commitsMs.push(event.atMs);
        trim(this.commitsMs, COMMITS_MAX);
        return;
      case 'nodeCrashed':
        this.#down(event, 'crashed');
        return;
      case 'nodePaused':
        this.#down(event, 'paused');
        return;
      case 'nodeFailed':
        this.#down(event, 'failed');
        return;
      case 'nodeWiped':
        this.#down(event, 'wiped');
        return;
      case 'nodeAway':
        this.#down(event, 'away');
        return;
      case 'nodeStopped':
        this.#lead(event.node, 0, event.atMs);
        return;
      case 'nodeResumed':
        this.#resume(event.node, event.atMs);
        this.#mark(event, 'repair', `${fullNodeName(event.node)} resumed`);
        return;
      case 'nodeStarted':
        if (event.boot > 1) this.#mark(event, 'repair', `${fullNodeName(event.node)} restarted`);
        return;
      case 'partitioned':
        this.#endCut(event.atMs);
        this.cuts.push({ fromMs: event.atMs, groups: event.groups, toMs: null });
        trim(this.cuts, BANDS_MAX);
        this.#mark(event, 'fault', event.groups.map((group) => group.join(' ')).join(' | '));
        return;
      case 'variantChanged': {
        const isUnsafe = event.variant.rulesOff.length > 0;
        this.#mark(event, isUnsafe ? 'fault' : 'repair', isUnsafe ? 'rules off' : variantWords(event.variant));
        return;
      }
      case 'nodeRemoved':
        this.#removeFromCut(event.name, event.atMs);
        return;
      case 'healed':
        if (this.#endCut(event.atMs)) this.#mark(event, 'repair', 'healed');
        return;
      case 'safetyViolated':
        this.#mark(event, 'finding', `${event.check} broken`);
        return;
      default:
    }
  }

  #mark({ seq, atMs }: TraceEvent, kind: MarkKind, text: string): void {
    this.marks.push({ seq, atMs, kind, text });
    trim(this.marks, MARKS_MAX);
  }

  #down(event: TraceEvent, what: string): void {
    this.#lead(event.node, 0, event.atMs);
    this.#mark(event, 'fault', `${fullNodeName(event.node)} ${what}`);
  }

  /**
   * A node leads a term, or with term 0, no longer leads. A leader of an earlier term that does not yet know of the
   * newer one gets no band: it cannot commit.
   */
  #lead(node: number, term: number, atMs: number): void {
    const { open } = this;
    if (term === 0) {
      if (open?.leader === node) open.toMs = atMs;
      return;
    }
    if (term <= (this.bands.at(-1)?.term ?? 0)) return;
    if (open !== null) open.toMs = atMs;
    this.bands.push({ term, leader: node, fromMs: atMs, toMs: null });
    trim(this.bands, BANDS_MAX);
  }

  /** A paused leader continues to lead its term, unless another one has been elected since. */
  #resume(node: number, atMs: number): void {
    const newest = this.bands.at(-1);
    if (newest?.leader !== node || newest.toMs === null) return;
    this.bands.push({ term: newest.term, leader: node, fromMs: atMs, toMs: null });
  }

  #removeFromCut(name: NodeName, atMs: number): void {
    const newest = this.cuts.at(-1);
    if (newest?.toMs !== null) return;
    newest.groups = newest.groups.map((group) => group.filter((member) => member !== name))
      .filter((group) => group.length > 0);
    if (newest.groups.length < 2) newest.toMs = atMs;
  }

  #endCut(atMs: number): boolean {
    const newest = this.cuts.at(-1);
    if (newest?.toMs !== null) return false;
    newest.toMs = atMs;
    return true;
  }
}
