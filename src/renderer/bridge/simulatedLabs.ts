/** The simulated labs of a page: which there are, and the one that is open. A lab that is opened begins anew. */
import type { LabSummary } from '../../contract/answers.ts';
import { LabError } from '../../contract/errors.ts';
import { SimulatedLab } from '../../sim/lab/simulatedLab.ts';
import type { Pace, TraceEvent } from '../../trace/events.ts';
import { RAFTLAB_VARIANT } from '../../trace/variant.ts';

export interface SimulatedLabsListener {
  onEvents(events: readonly TraceEvent[]): void;
  /** Another lab is about to begin: its events come next. */
  onOpened(): void;
  /** Another lab is open, or none. */
  onChanged(): void;
}

type Kept = Omit<LabSummary, 'isOpen' | 'variant'>;

const DAY_MS = 86_400_000;

export class SimulatedLabs {
  readonly #seed: number;
  readonly #listener: SimulatedLabsListener;
  readonly #kept = new Map<string, Kept>();
  #lab: SimulatedLab | null = null;
  /** How many labs were made: an id is not used again when its lab is deleted. */
  #made = 0;

  constructor(seed: number, listener: SimulatedLabsListener) {
    this.#seed = seed;
    this.#listener = listener;
  }

  /** Makes the labs that a page begins with, and opens the first. */
  begin(name: string, nodeCount: number, pace: Pace): void {
    const createdAtMs = Date.now() - DAY_MS;
    this.#keep({ labId: 'default', name, nodeCount, pace, createdAtMs, openedAtMs: createdAtMs });
    this.#keep({
      labId: 'exercise-2', name: 'Exercise 2: split votes', nodeCount: 3, pace: 'slow', createdAtMs,
      openedAtMs: createdAtMs,
    });
    this.#open('default');
  }

  /** The lab that is open, if any. */
  get opened(): SimulatedLab | null {
    return this.#lab;
  }

  /** @throws {LabError} `no-open-lab` */
  get open(): SimulatedLab {
    if (this.#lab === null) throw new LabError('no-open-lab', 'no lab is open: open one or create one');
    return this.#lab;
  }

  list(): readonly LabSummary[] {
    return [...this.#kept.keys()].map((labId) => this.#summary(labId));
  }

  create(name: string, nodeCount: number, pace: Pace): LabSummary {
    const now = Date.now();
    const labId = this.#newId();
    this.#keep({ labId, name, nodeCount, pace, createdAtMs: now, openedAtMs: now });
    return this.openAgain(labId);
  }

  openAgain(labId: string): LabSummary {
    this.#open(labId);
    this.#listener.onChanged();
    return this.#summary(labId);
  }

  rename(labId: string, name: string): LabSummary {
    this.#keep({ ...this.#find(labId), name });
    if (this.#isOpen(labId)) this.#lab?.rename(name);
    return this.#summary(labId);
  }

  copy(labId: string, name: string): LabSummary {
    const copy = { ...this.#find(labId), labId: this.#newId(), name, openedAtMs: 0 };
    this.#keep(copy);
    return this.#summary(copy.labId);
  }

  delete(labId: string): null {
    const wasOpen = this.#isOpen(this.#find(labId).labId);
    this.#kept.delete(labId);
    if (wasOpen) {
      this.#close();
      this.#listener.onChanged();
    }
    return null;
  }

  #open(labId: string): void {
    const { name, nodeCount, pace } = this.#find(labId);
    this.#close();
    this.#listener.onOpened();
    this.#lab = new SimulatedLab({
      labId, name, nodeCount, pace, seed: this.#seed, beginsAtMs: Date.now(),
      onEvents: (events) => this.#listener.onEvents(events),
    });
  }

  #close(): void {
    this.#lab?.close();
    this.#lab = null;
  }

  #newId(): string {
    this.#made += 1;
    return `lab-${this.#made}`;
  }

  #keep(lab: Kept): void {
    this.#kept.set(lab.labId, lab);
  }

  #isOpen(labId: string): boolean {
    return this.#lab?.summary.labId === labId;
  }

  #summary(labId: string): LabSummary {
    const isOpen = this.#isOpen(labId);
    const pace = isOpen && this.#lab !== null ? this.#lab.summary.pace : this.#find(labId).pace;
    return { ...this.#find(labId), pace, variant: RAFTLAB_VARIANT, isOpen };
  }

  /** @throws {LabError} `unknown-lab` */
  #find(labId: string): Kept {
    const lab = this.#kept.get(labId);
    if (lab === undefined) throw new LabError('unknown-lab', 'this lab no longer exists');
    return lab;
  }
}
