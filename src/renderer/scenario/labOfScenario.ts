/**
 * A scenario's way from the window to its lab. It reads the events that a command led to page by page before it gives
 * the answer: those that the window is sent come in batches, later, and some are left out when it is slow.
 */
import type { AttachAnswer } from '../../contract/answers.ts';
import type { Bridge, CommandAnswer, CommandInput, CommandName } from '../../contract/commands.ts';
import { LabError } from '../../contract/errors.ts';
import { isTimeCommand } from '../../contract/time.ts';
import type { TimeStatus } from '../../contract/time.ts';
import type { ScenarioService } from '../../scenario/scenarioRun.ts';
import { applyEvent, emptyView } from '../../trace/fold.ts';
import type { TraceEvent } from '../../trace/events.ts';

/** A millisecond of virtual time has fewer, most of the time. */
const FIRST_PAGE = 64;
const PAGE_MAX = 1000;

type Moment = Pick<TimeStatus, 'branch' | 'step'>;

export class LabOfScenario implements ScenarioService {
  readonly #bridge: Bridge;
  readonly #listeners = new Set<(events: readonly TraceEvent[]) => void>();
  /** Reads in turn: an answer comes after the events that led to it, and in the order of the answers. */
  #reading: Promise<void> = Promise.resolve();
  #knownSeq = 0;
  #moment: Moment = { branch: 0, step: 0 };
  #labId: string | null = null;
  #isLeft = false;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
  }

  /** The lab that was made; null before. */
  get labId(): string | null {
    return this.#labId;
  }

  /** Another lab is open, or the person wants no more of it: nothing is sent from now on. */
  leave(): void {
    this.#isLeft = true;
  }

  async execute<Name extends CommandName>(name: Name, input: CommandInput<Name>): Promise<CommandAnswer<Name>> {
    // The window is attached by itself; a scenario that attached, too, would take the events away from it.
    if (name === 'lab:attach') return await this.#attached() as CommandAnswer<Name>;
    const answer = await this.#send(name, input);
    if (name === 'lab:create') this.#labId = (answer as CommandAnswer<'lab:create'>).labId;
    else await this.#readOn();
    if (isTimeCommand(name)) this.#goOn(answer as TimeStatus | null);
    return answer;
  }

  subscribe(listener: (events: readonly TraceEvent[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @throws {LabError} */
  async #send<Name extends CommandName>(name: Name, input: CommandInput<Name>): Promise<CommandAnswer<Name>> {
    if (this.#isLeft) throw new LabError('refused', 'the lab of this scenario is no longer open: run it again');
    const reply = await this.#bridge.invoke(name, input);
    if (!reply.ok) throw new LabError(reply.error.code, reply.error.message);
    return reply.value;
  }

  /** The view as it follows from all that has happened: a lab that was just made has all of it. */
  async #attached(): Promise<Omit<AttachAnswer, 'time'>> {
    const recentEvents = await this.#eventsAfter(0);
    const view = emptyView();
    for (const event of recentEvents) applyEvent(view, event);
    this.#knownSeq = view.seq;
    return { view, recentEvents };
  }

  #readOn(): Promise<void> {
    const read = async (): Promise<void> => {
      const events = await this.#eventsAfter(this.#knownSeq);
      this.#knownSeq = events.at(-1)?.seq ?? this.#knownSeq;
      if (events.length > 0) for (const listener of this.#listeners) listener(events);
    };
    const done = this.#reading.then(read);
    this.#reading = done.catch(() => undefined); // whoever asked for it gets the error
    return done;
  }

  async #eventsAfter(seq: number): Promise<readonly TraceEvent[]> {
    const pages: (readonly TraceEvent[])[] = [];
    let beforeSeq = Number.MAX_SAFE_INTEGER;
    for (let count = FIRST_PAGE; beforeSeq > seq + 1; count = PAGE_MAX) {
      const page = await this.#send('events:page', { beforeSeq, count });
      const [first] = page;
      if (first === undefined) break;
      pages.unshift(page);
      beforeSeq = first.seq;
    }
    return pages.flat().filter((event) => event.seq > seq);
  }

  /** @throws {LabError} when a person has gone back or to another branch: what was seen has not happened there */
  #goOn(now: TimeStatus | null): void {
    if (now === null) return;
    const { branch, step } = this.#moment;
    if (now.branch !== branch || now.step < step) {
      this.leave();
      throw new LabError('refused', 'time was taken to another moment: a scenario goes forward only, so run it again');
    }
    this.#moment = { branch: now.branch, step: now.step };
  }
}
