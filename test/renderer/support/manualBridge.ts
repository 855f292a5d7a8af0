/** A bridge that does only what a test tells it: answers are set by command, events are pushed by hand. */
import type { EventBatch, WindowSignal } from '../../../src/contract/answers.ts';
import type { Bridge, CommandAnswer, CommandInput, CommandName } from '../../../src/contract/commands.ts';
import type { LabErrorData, Reply } from '../../../src/contract/errors.ts';
import type { TimeStatus } from '../../../src/contract/time.ts';
import type { TraceBody, TraceEvent } from '../../../src/trace/events.ts';

type Answerer<Name extends CommandName> =
  (input: CommandInput<Name>) => CommandAnswer<Name> | LabErrorData | Promise<CommandAnswer<Name> | LabErrorData>;
type Answerers = { [Name in CommandName]?: Answerer<Name> };

function isError(answer: unknown): answer is LabErrorData {
  return typeof answer === 'object' && answer !== null && 'code' in answer && 'message' in answer;
}

export class ManualBridge implements Bridge {
  readonly calls: { readonly name: CommandName; readonly input: unknown }[] = [];
  readonly answers: Answerers = {};
  readonly #eventListeners = new Set<(batch: EventBatch) => void>();
  readonly #labListeners = new Set<() => void>();
  readonly #timeListeners = new Set<(time: TimeStatus) => void>();
  readonly #signalListeners = new Set<(signal: WindowSignal) => void>();
  #batch = 0;

  /** What a command answers; an object with a code and a message is an error. Unset commands answer null. */
  answer<Name extends CommandName>(name: Name, answerer: Answerer<Name>): this {
    Object.assign(this.answers, { [name]: answerer });
    return this;
  }

  async invoke<Name extends CommandName>(name: Name, input: CommandInput<Name>): Promise<Reply<CommandAnswer<Name>>> {
    this.calls.push({ name, input });
    const answer = await this.answers[name]?.(input);
    if (isError(answer)) return { ok: false, error: answer };
    return { ok: true, value: (answer ?? null) as CommandAnswer<Name> };
  }

  onEvents(listener: (batch: EventBatch) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  onLabChanged(listener: () => void): () => void {
    this.#labListeners.add(listener);
    return () => this.#labListeners.delete(listener);
  }

  onTime(listener: (time: TimeStatus) => void): () => void {
    this.#timeListeners.add(listener);
    return () => this.#timeListeners.delete(listener);
  }

  onSignal(listener: (signal: WindowSignal) => void): () => void {
    this.#signalListeners.add(listener);
    return () => this.#signalListeners.delete(listener);
  }

  /** Sends a batch to the window. Its number is returned. */
  push(events: readonly TraceEvent[], dropped = 0): number {
    this.#batch += 1;
    const batch: EventBatch = { batch: this.#batch, firstSeq: events[0]?.seq ?? 0, dropped, events };
    for (const listener of this.#eventListeners) listener(batch);
    return this.#batch;
  }

  changeLab(): void {
    for (const listener of this.#labListeners) listener();
  }

  tellTime(time: TimeStatus): void {
    for (const listener of this.#timeListeners) listener(time);
  }

  signal(signal: WindowSignal): void {
    for (const listener of this.#signalListeners) listener(signal);
  }

  called(name: CommandName): unknown[] {
    return this.calls.filter((call) => call.name === name).map((call) => call.input);
  }
}

/** An event with its number; at the lab itself (node 0) unless told otherwise. */
export function traceEvent(seq: number, body: TraceBody, node = 0): TraceEvent {
  return { ...body, seq, node, atMs: 1_000_000 + seq };
}
