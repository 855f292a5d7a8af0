/**
 * Decides whether a history is linearizable: Wing and Gong's search ("Testing and verifying concurrent objects", 1993)
 * with Lowe's memory of states already tried ("Testing for linearizability", 2017), separately for each partition.
 */
import type { Operation, SequentialModel } from './history.ts';
import { OperationSet } from './operationSet.ts';

/** `gave-up`: the search took more steps than allowed, so nothing is known. */
export type Verdict<Input, Output> =
  | { readonly verdict: 'linearizable' }
  | { readonly verdict: 'gave-up'; readonly partition: string; readonly steps: number }
  | {
      readonly verdict: 'not-linearizable';
      readonly partition: string;
      /** The longest order found that every client could have seen. */
      readonly longestPrefix: readonly Operation<Input, Output>[];
      /** The first operation to return that no order could place. */
      readonly stuckAt: Operation<Input, Output>;
    };

/** Enough for histories of tens of thousands of operations with few at once; about a minute of search. */
export const SEARCH_STEPS_MAX = 20_000_000;

/**
 * Checks a history against a sequential model.
 * @param stepsMax how many operations the search may try in each partition
 * @throws RangeError for an operation that returned before it was called
 */
export function checkLinearizability<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
  stepsMax: number = SEARCH_STEPS_MAX,
): Verdict<Input, Output> {
  for (const [partition, operations] of partitioned(model, history)) {
    const verdict = new Search(model, partition, operations, stepsMax).run();
    if (verdict.verdict !== 'linearizable') {
      return verdict;
    }
  }
  return { verdict: 'linearizable' };
}

function partitioned<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
): Map<string, Operation<Input, Output>[]> {
  const partitions = new Map<string, Operation<Input, Output>[]>();
  for (const operation of history) {
    if (operation.returnedAt < operation.calledAt) {
      throw new RangeError(`an operation of ${operation.client} returned at ${operation.returnedAt}, ` +
        `before its call at ${operation.calledAt}`);
    }
    const key = model.partitionOf(operation.input);
    const partition = partitions.get(key);
    if (partition === undefined) {
      partitions.set(key, [operation]);
    } else {
      partition.push(operation);
    }
  }
  return partitions;
}

/** A call or a return, in a doubly linked list in the order of time. Both marks of a placed operation are taken out. */
interface Mark {
  readonly operation: number;
  readonly kind: 'call' | 'return';
  /** The return of a call; itself for a return. */
  partner: Mark;
  previous: Mark | undefined;
  next: Mark | undefined;
}

interface Placed<State> {
  readonly call: Mark;
  readonly stateBefore: State;
}

/** One search over one partition. */
class Search<State, Input, Output> {
  readonly #model: SequentialModel<State, Input, Output>;
  readonly #partition: string;
  readonly #operations: readonly Operation<Input, Output>[];
  readonly #stepsMax: number;
  /** Before the first mark. */
  readonly #head: Mark;
  readonly #placed: Placed<State>[] = [];
  readonly #placedSet: OperationSet;
  /** Configurations tried before: which operations are placed, and the state they lead to. */
  readonly #tried = new Map<number, { readonly set: Uint32Array; readonly state: State }[]>();
  #state: State;
  #longest: readonly number[] = [];
  #stuckAt = 0;

  constructor(
    model: SequentialModel<State, Input, Output>,
    partition: string,
    operations: readonly Operation<Input, Output>[],
    stepsMax: number,
  ) {
    this.#model = model;
    this.#partition = partition;
    this.#operations = operations;
    this.#stepsMax = stepsMax;
    this.#state = model.initialState;
    this.#placedSet = new OperationSet(operations.length);
    this.#head = linkedMarks(operations);
  }

  run(): Verdict<Input, Output> {
    let mark = this.#head.next;
    for (let steps = 0; mark !== undefined; steps += 1) {
      if (steps >= this.#stepsMax) {
        return { verdict: 'gave-up', partition: this.#partition, steps };
      }
      if (mark.kind === 'call') {
        mark = this.#tryToPlace(mark) ? this.#head.next : mark.next;
      } else if (this.#operations[mark.operation]?.output === undefined) {
        // Operations with an unknown outcome return last: those left may take effect after everything else, or never.
        return { verdict: 'linearizable' };
      } else {
        this.#remember(mark.operation);
        const last = this.#placed.pop();
        if (last === undefined) {
          return this.#failure();
        }
        mark = this.#takeBack(last).next;
      }
    }
    return { verdict: 'linearizable' };
  }

  /** Lets an operation take effect now, if its answer fits and this configuration is new. */
  #tryToPlace(call: Mark): boolean {
    const { input, output } = this.#operation(call.operation);
    const next = this.#model.step(this.#state, input, output);
    if (next === undefined) {
      return false;
    }
    // An operation with an unknown outcome that has no effect here is left for later: any order with it works without
    // it too.
    if (output === undefined && this.#model.equalStates(this.#state, next)) {
      return false;
    }
    this.#placedSet.toggle(call.operation);
    if (!this.#isNew(next)) {
      this.#placedSet.toggle(call.operation);
      return false;
    }
    this.#placed.push({ call, stateBefore: this.#state });
    this.#state = next;
    unlink(call);
    unlink(call.partner);
    return true;
  }

  #takeBack({ call, stateBefore }: Placed<State>): Mark {
    this.#state = stateBefore;
    this.#placedSet.toggle(call.operation);
    relink(call.partner);
    relink(call);
    return call;
  }

  #isNew(state: State): boolean {
    const { hash } = this.#placedSet;
    const sameHash = this.#tried.get(hash) ?? [];
    if (sameHash.some((tried) => this.#placedSet.equals(tried.set) && this.#model.equalStates(tried.state, state))) {
      return false;
    }
    sameHash.push({ set: this.#placedSet.snapshot(), state });
    this.#tried.set(hash, sameHash);
    return true;
  }

  /** Keeps the longest order so far: it shows a reader where the history went wrong. */
  #remember(stuckAt: number): void {
    if (this.#placed.length >= this.#longest.length) {
      this.#longest = this.#placed.map(({ call }) => call.operation);
      this.#stuckAt = stuckAt;
    }
  }

  #failure(): Verdict<Input, Output> {
    return {
      verdict: 'not-linearizable',
      partition: this.#partition,
      longestPrefix: this.#longest.map((operation) => this.#operation(operation)),
      stuckAt: this.#operation(this.#stuckAt),
    };
  }

  #operation(number: number): Operation<Input, Output> {
    const operation = this.#operations[number];
    if (operation === undefined) {
      throw new RangeError(`operation ${number} of ${this.#operations.length}`);
    }
    return operation;
  }
}

/** Puts the calls and returns of the operations in the order of time, and returns a mark before the first. */
function linkedMarks(operations: readonly Operation<unknown, unknown>[]): Mark {
  const marks: { mark: Mark; at: number }[] = [];
  operations.forEach(({ calledAt, returnedAt, output }, operation) => {
    const end = bareMark(operation, 'return');
    const call = bareMark(operation, 'call');
    call.partner = end;
    marks.push({ mark: call, at: calledAt }, { mark: end, at: output === undefined ? Infinity : returnedAt });
  });
  // At the same time, calls come first: operations that touch count as concurrent, so that no order is wrongly refused.
  marks.sort((a, b) => compareTimes(a.at, b.at) || Number(a.mark.kind === 'return') - Number(b.mark.kind === 'return'));
  const head = bareMark(-1, 'call');
  let last = head;
  for (const { mark } of marks) {
    mark.previous = last;
    last.next = mark;
    last = mark;
  }
  return head;
}

/** Infinity − Infinity is NaN, so times are compared, not subtracted. */
function compareTimes(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function bareMark(operation: number, kind: Mark['kind']): Mark {
  const mark: Omit<Mark, 'partner'> & { partner?: Mark } = { operation, kind, previous: undefined, next: undefined };
  return Object.assign(mark, { partner: mark as Mark });
}

function unlink(mark: Mark): void {
  if (mark.previous !== undefined) {
    mark.previous.next = mark.next;
  }
  if (mark.next !== undefined) {
    mark.next.previous = mark.previous;
  }
}

function relink(mark: Mark): void {
  if (mark.previous !== undefined) {
    mark.previous.next = mark;
  }
  if (mark.next !== undefined) {
    mark.next.previous = mark;
  }
}
