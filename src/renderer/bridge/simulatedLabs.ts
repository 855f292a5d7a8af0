/** The simulated labs of a page: which there are, and the one that is open. */
import type { LabSummary } from '../../contract/answers.ts';
import type { CommandInput } from '../../contract/commands.ts';
import { LabError } from '../../contract/errors.ts';
import { DEFAULT_SIMULATION, type TimeStatus } from '../../contract/time.ts';
import { type LabRecord, newLabRecord } from '../../sim/lab/labRecord.ts';
import { Timeline } from '../../sim/lab/timeline.ts';
import type { Pace, TraceEvent } from '../../trace/events.ts';
import { RAFTLAB_VARIANT } from '../../trace/variant.ts';

export interface SimulatedLabsListener {
  onEvents(events: readonly TraceEvent[]): void;
  /** Another moment is about to be shown, perhaps of another lab: its events come next. */
  onMoved(): void;
  /** Another lab is open, or none, or another moment is shown. */
  onChanged(): void;
  onTime(time: TimeStatus): void;
}

interface Kept {
  record: LabRecord;
  readonly createdAtMs: number;
  openedAtMs: number;
}

const DAY_MS = 86_400_000;

export class SimulatedLabs {
  readonly #seed: number;
  readonly #listener: SimulatedLabsListener;
  readonly #kept = new Map<string, Kept>();
  #lab: Timeline | null = null;
  #openId: string | null = null;
  /** How many labs were made: an id is not used again when its lab is deleted. */
  #made = 0;

  constructor(seed: number, listener: SimulatedLabsListener) {
    this.#seed = seed;
    this.#listener = listener;
  }

  /** Makes the labs that a page begins with, and opens the first. */
  begin(name: string, nodeCount: number, pace: Pace): void {
    const at = Date.now() - DAY_MS;
    this.#keep('default', { name, nodeCount, pace }, at);
    this.#keep('exercise-2', { name: 'Exercise 2: split votes', nodeCount: 3, pace: 'slow' }, at);
    this.#open('default');
  }

  /** The lab that is open, if any. */
  get opened(): Timeline | null {
    return this.#lab;
  }

  /** @throws {LabError} `no-open-lab` */
  get open(): Timeline {
    if (this.#lab === null) throw new LabError('no-open-lab', 'no lab is open: open one or create one');
    return this.#lab;
  }

  list(): readonly LabSummary[] {
    return [...this.#kept.keys()].map((labId) => this.#summary(labId));
  }

  create(wanted: CommandInput<'lab:create'>): LabSummary {
    const labId = this.#newId();
    this.#keep(labId, wanted, Date.now());
    return this.openAgain(labId);
  }

  openAgain(labId: string): LabSummary {
    this.#open(labId);
    this.#listener.onChanged();
    return this.#summary(labId);
  }

  rename(labId: string, name: string): LabSummary {
    const kept = this.#find(labId);
    kept.record = { ...kept.record, name };
    if (this.#openId === labId) this.#lab?.rename(name);
    return this.#summary(labId);
  }

  copy(labId: string, name: string): LabSummary {
    const copyId = this.#newId();
    const record = { ...this.#present(labId), labId: copyId, name };
    this.#kept.set(copyId, { record, createdAtMs: Date.now(), openedAtMs: 0 });
    return this.#summary(copyId);
  }

  delete(labId: string): null {
    this.#find(labId);
    const wasOpen = this.#openId === labId;
    if (wasOpen) this.#close();
    this.#kept.delete(labId);
    if (wasOpen) this.#listener.onChanged();
    return null;
  }

  #open(labId: string): void {
    const kept = this.#find(labId);
    this.#close();
    this.#listener.onMoved();
    kept.openedAtMs = Date.now();
    this.#openId = labId;
    this.#lab = new Timeline(this.#find(labId).record, {
      wallMs: () => performance.now(),
      listener: {
        onEvents: (events) => this.#listener.onEvents(events),
        onMoved: () => {
          this.#listener.onMoved();
          this.#listener.onChanged();
        },
        onTime: (time) => this.#listener.onTime(time),
        onChanged: () => undefined,
      },
    });
    // A page shows what happens, until somebody holds it.
    void this.#lab.execute('time:run', {});
  }

  #close(): void {
    if (this.#openId === null) return;
    this.#find(this.#openId).record = this.#present(this.#openId);
    this.#lab?.close();
    this.#lab = null;
    this.#openId = null;
  }

  #newId(): string {
    this.#made += 1;
    return `lab-${this.#made}`;
  }

  #keep(labId: string, wanted: CommandInput<'lab:create'>, atMs: number): void {
    const {
      name, nodeCount, pace, variant = RAFTLAB_VARIANT, simulation = { ...DEFAULT_SIMULATION, seed: this.#seed },
    } = wanted;
    const record = newLabRecord({ labId, name, nodeCount, pace, variant, simulation });
    this.#kept.set(labId, { record, createdAtMs: atMs, openedAtMs: atMs });
  }

  #present(labId: string): LabRecord {
    return this.#openId === labId && this.#lab !== null ? this.#lab.record() : this.#find(labId).record;
  }

  #summary(labId: string): LabSummary {
    const { createdAtMs, openedAtMs } = this.#find(labId);
    const { name, simulation, ...kept } = this.#present(labId);
    const isOpen = this.#openId === labId;
    const { nodeCount, pace, variant } = isOpen ? this.open.present : kept;
    return { labId, name, nodeCount, pace, variant, simulation, createdAtMs, openedAtMs, isOpen };
  }

  /** @throws {LabError} `unknown-lab` */
  #find(labId: string): Kept {
    const lab = this.#kept.get(labId);
    if (lab === undefined) throw new LabError('unknown-lab', 'this lab no longer exists');
    return lab;
  }
}
