/** One execution of a simulated lab: its steps, one after the other, and what each of them was. */
import type { LastStep, TapeEvent } from '../../contract/time.ts';
import type { TraceEvent } from '../../trace/events.ts';
import { isImportant, kindOf } from '../../trace/kinds.ts';
import { nodeNameOf } from '../../trace/names.ts';
import { wordsFor } from '../../trace/words.ts';
import type { Micros } from '../schedule.ts';
import type { ActionReply, LabAction } from './labActions.ts';
import type { SteppedLab, SteppedLabListener } from './steppedLab.ts';
import { isOnTape, KIND_BITS, kindsOf, type StepKinds } from '../../history/stepKinds.ts';

/** A moment: how many steps were taken before it, and the time. */
export interface Moment {
  readonly step: number;
  readonly atMicros: Micros;
}

export class Run implements Moment {
  readonly lab: SteppedLab;
  /** Gets each batch of events while this run is the one that is shown. */
  onEvents: (events: readonly TraceEvent[]) => void = () => undefined;
  #step = 0;
  #kinds: StepKinds = 0;
  #events: TraceEvent[] = [];

  /** @param open makes the lab at its beginning */
  constructor(open: (listener: SteppedLabListener) => SteppedLab) {
    this.lab = open({
      onEvents: (events) => {
        for (const event of events) this.#kinds |= kindsOf(event);
        this.#events.push(...events);
        this.onEvents(events);
      },
      onTurn: () => {
        this.#kinds |= KIND_BITS.turn;
      },
    });
  }

  get step(): number {
    return this.#step;
  }

  get atMicros(): Micros {
    return this.lab.now;
  }

  /** What the last step was. */
  get kinds(): StepKinds {
    return this.#kinds;
  }

  /** What happened in the last step; before the first one, what the lab began with. */
  get lastEvents(): readonly TraceEvent[] {
    return this.#events;
  }

  /** When the next step is due by itself; undefined when nothing is. */
  get nextAt(): Micros | undefined {
    return this.lab.nextAt;
  }

  /** Takes the next step that is due by then. @returns whether there was one */
  takeStep(until: Micros): boolean {
    if (this.nextAt === undefined || this.nextAt > until) return false;
    this.#begin();
    this.lab.takeNext();
    return true;
  }

  /**
   * Does something as the next step.
   * @throws {LabError} when it cannot be done: then no step was taken
   */
  act(action: LabAction, reply: ActionReply): void {
    const [kinds, events] = [this.#kinds, this.#events];
    this.#begin();
    try {
      this.lab.act(action, reply);
    } catch (error) {
      this.#step -= 1;
      this.#kinds = kinds;
      this.#events = events;
      throw error;
    }
  }

  /** Nothing happens until then. */
  advanceTo(at: Micros): void {
    this.lab.advanceTo(at);
  }

  #begin(): void {
    this.#step += 1;
    this.#kinds = 0;
    this.#events = [];
  }

  /** The events of the last step that a tape draws. */
  tapeEvents(): readonly TapeEvent[] {
    return this.#events.filter(isOnTape).map((event) => ({ step: this.#step, event }));
  }

  /** The last step in a sentence; null where nothing worth a sentence happened in it. */
  lastStep(): LastStep | null {
    const told = mostTelling(this.#events);
    if (told === undefined) return null;
    const { subject, sentence, detail } = wordsFor(told);
    const changed = this.#events.filter(({ node, type }) => node !== 0 && type !== 'messageSent');
    return { subject, sentence, detail, nodes: [...new Set(changed.map(({ node }) => nodeNameOf(node)))] };
  }
}

/** What a person would tell of a step: what is important, else what changed, else what arrived. */
function mostTelling(events: readonly TraceEvent[]): TraceEvent | undefined {
  const rank = (event: TraceEvent): number => {
    if (event.type === 'safetyViolated') return 5;
    if (isImportant(event)) return 4;
    switch (kindOf(event)) {
      case 'elections':
      case 'replication':
      case 'client':
      case 'lab':
        return 3;
      case 'disk':
      case 'messages':
        return event.type === 'messageSent' ? 1 : 2;
      case 'heartbeats':
        return 0;
    }
  };
  return events.toSorted((a, b) => rank(b) - rank(a))[0];
}
