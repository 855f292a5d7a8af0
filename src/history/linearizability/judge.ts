/**
 * Judges operations while they are made. The order that their indexes give is tried first: where it fits, it is a proof
 * in linear time. Only where it does not fit, a search looks for another order of that key's operations.
 */
import type { HistoryVerdict } from '../../contract/history.ts';
import type { KvResult } from '../../kv/commands.ts';
import type { ClientOperation } from '../../trace/operations.ts';
import { checkLinearizability } from './checker.ts';
import type { Operation } from './history.ts';
import { KeyValues } from './keyValues.ts';
import { keyValueModelFrom } from './models.ts';
import type { SingleKeyCommand } from './models.ts';
import { asOfKey, endOf, inOrder, isKeyed, isPlaced, placingOf } from './placed.ts';
import type { KeyedOperation, PlacedOperation } from './placed.ts';
import { StaleReads } from './staleReads.ts';
import { provedWords, unknownWords, violatedWords } from './verdictWords.ts';

/**
 * How far the clocks of two threads of one machine may differ (node/clock.ts corrects a thread's when it is further
 * off). Operations that are closer count as concurrent.
 */
export const CLOCK_ERROR_MS = 50;
/** Beyond so many operations that may still be judged anew, the older half is settled. */
const RECENT_MAX = 20_000;
/** The most operations without an answer or a decision that are kept in mind. */
const OPEN_MAX = 4096;
/** A search of one key's recent operations gives up after so many steps: about half a second. */
const SEARCH_STEPS_MAX = 200_000;
/** A violation names at most so many operations. */
const CONFLICT_MAX = 6;
/** A list is judged by so many of its keys. */
const KEYS_SEARCHED_MAX = 100;

export interface JudgeOptions {
  /** Whether no key was there before the first operation. */
  readonly startsEmpty: boolean;
  /** How far the clocks of two nodes may differ: operations closer than that count as concurrent. */
  readonly clockErrorMs: number;
}

/** An operation that the order of indexes does not explain. */
interface Misfit {
  readonly operation: PlacedOperation;
  /** The operation before it in that order which was asked only after it had been answered. */
  readonly after: PlacedOperation | undefined;
}

type Judgement = Pick<HistoryVerdict, 'verdict' | 'words' | 'conflict' | 'longestOrder' | 'atMs'>;

export class OperationJudge {
  readonly #options: JudgeOptions;
  readonly #recent = new Map<string, PlacedOperation>();
  readonly #open = new Map<string, ClientOperation>();
  readonly #staleReads: StaleReads;
  #settled: KeyValues;
  #settledIndex = 0;
  #settledLatestAsked: PlacedOperation | undefined;
  #operationCount = 0;
  #loss: string | null = null;
  /** A violation stays one, and so does what could not be judged. */
  #lasting: Judgement | null = null;

  constructor(options: JudgeOptions) {
    this.#options = options;
    this.#settled = new KeyValues(options.startsEmpty);
    this.#staleReads = new StaleReads(options);
  }

  /** Takes an operation, or what is newly known about one. */
  add(operation: ClientOperation): void {
    if (operation.read === 'stale') {
      this.#staleReads.add(operation);
      return;
    }
    const { requestId } = operation;
    if (!this.#open.delete(requestId) && !this.#recent.has(requestId)) this.#operationCount += 1;
    if (placingOf(operation) === 'open') this.#keepOpen(operation);
    else if (isPlaced(operation)) this.#place(operation);
  }

  /**
   * Operations may be missing from now on, as when a node crashed with requests that it had not told of.
   * @param why a clause: `n3 crashed, and what it was asked then is not recorded`
   */
  noteLoss(why: string): void {
    this.#loss = why;
  }

  verdict(): HistoryVerdict {
    const judgement = this.#lasting ?? this.#judge();
    if (judgement.verdict !== 'proved') this.#lasting = judgement;
    if (this.#recent.size > RECENT_MAX) this.#settle();
    return { ...judgement, operationCount: this.#operationCount, ...this.#staleReads.counts };
  }

  #keepOpen(operation: ClientOperation): void {
    if (this.#open.size >= OPEN_MAX) {
      const [oldest] = this.#open.keys();
      if (oldest !== undefined) this.#open.delete(oldest);
      this.noteLoss(`more than ${OPEN_MAX} operations have no known outcome`);
    }
    this.#open.set(operation.requestId, operation);
  }

  #place(operation: PlacedOperation): void {
    if (operation.index < this.#settledIndex) {
      this.noteLoss('an operation was told of too late to be judged');
      return;
    }
    this.#recent.set(operation.requestId, operation);
    this.#staleReads.noteWrite(operation);
    if (this.#recent.size > 2 * RECENT_MAX) this.verdict();
  }

  #judge(): Judgement {
    const order = [...this.#recent.values()].sort(inOrder);
    const values = this.#settled.copy();
    const misfits = this.#walk(order, values, this.#settledLatestAsked);
    for (const misfit of misfits) {
      const judgement = this.#judgeMisfit(misfit, order);
      if (judgement !== null) return judgement;
    }
    return { verdict: 'proved', words: provedWords(misfits.length), conflict: [], longestOrder: [], atMs: null };
  }

  /** Executes the operations in their order, and compares the order with the times. */
  #walk(
    order: readonly PlacedOperation[], values: KeyValues, before: PlacedOperation | undefined,
  ): readonly Misfit[] {
    const misfits: Misfit[] = [];
    let latestAsked = before;
    for (const operation of order) {
      const fits = values.apply(operation);
      const isLate = latestAsked !== undefined
        && endOf(operation) + this.#options.clockErrorMs < latestAsked.askedAtMs;
      if (!fits || isLate) misfits.push({ operation, after: isLate ? latestAsked : undefined });
      if (latestAsked === undefined || operation.askedAtMs > latestAsked.askedAtMs) latestAsked = operation;
    }
    return misfits;
  }

  /**
   * Searches for another order, key by key: linearizability is local (Herlihy and Wing 1990, §3.2). A list counts as a
   * read of each of its keys.
   * @returns null when another order fits
   */
  #judgeMisfit(misfit: Misfit, order: readonly PlacedOperation[]): Judgement | null {
    const keys = keysOf(misfit, order);
    for (const key of keys) {
      const judgement = this.#judgeKey(key, misfit, order);
      if (judgement !== null) return judgement;
    }
    return involvesList(misfit) ? unknownJudgement(unknownWords('a list of keys does not fit the order of the log'))
      : null;
  }

  #judgeKey(key: string, misfit: Misfit, order: readonly PlacedOperation[]): Judgement | null {
    const ofKey = [...order, ...this.#open.values()].flatMap((one) => asOfKey(one, key) ?? []);
    const history = ofKey.map((one) => this.#asHistory(one));
    const before = this.#settled.valueOf(key);
    const found = checkLinearizability(keyValueModelFrom(before), history, SEARCH_STEPS_MAX);
    if (found.verdict === 'linearizable') return null;
    if (found.verdict === 'gave-up') {
      return unknownJudgement(unknownWords(this.#loss ?? 'the search for an order took too long'));
    }
    const subject = misfit.after ?? misfit.operation;
    if (this.#loss !== null && !wasSeen(asOfKey(subject, key), ofKey, before)) {
      return unknownJudgement(unknownWords(this.#loss));
    }
    const conflict = conflictOf(misfit, subject, order);
    return {
      verdict: 'violated',
      words: violatedWords(subject, conflict.find((one) => one !== subject)),
      conflict,
      longestOrder: found.longestPrefix.map(({ client }) => client),
      atMs: subject.answeredAtMs,
    };
  }

  /** For the search: an operation is known by its request, and those that are closer than the clocks' error overlap. */
  #asHistory(operation: KeyedOperation): Operation<SingleKeyCommand, KvResult> {
    const { requestId, command, result, askedAtMs } = operation;
    const returnedAt = endOf(operation) + this.#options.clockErrorMs;
    return {
      client: requestId, input: command, calledAt: askedAtMs,
      output: Number.isFinite(returnedAt) ? result ?? undefined : undefined, returnedAt,
    };
  }

  /** The older half is not judged again: what it left is what later operations begin with. */
  #settle(): void {
    const order = [...this.#recent.values()].sort(inOrder);
    const old = order.slice(0, order.length / 2);
    this.#walk(old, this.#settled, undefined);
    for (const operation of old) {
      this.#recent.delete(operation.requestId);
      this.#settledIndex = operation.index;
      const latest = this.#settledLatestAsked;
      if (latest === undefined || operation.askedAtMs > latest.askedAtMs) this.#settledLatestAsked = operation;
    }
  }
}

function unknownJudgement(words: string): Judgement {
  return { verdict: 'unknown', words, conflict: [], longestOrder: [], atMs: null };
}

function involvesList({ operation, after }: Misfit): boolean {
  return operation.command.op === 'list' || after?.command.op === 'list';
}

function keyOf({ command }: ClientOperation): readonly string[] {
  return command.op === 'list' ? [] : [command.key];
}

/** The keys by which a misfit is judged. */
function keysOf({ operation, after }: Misfit, order: readonly PlacedOperation[]): ReadonlySet<string> {
  const both = after === undefined ? [operation] : [operation, after];
  const named = both.flatMap(keyOf);
  const lists = both.filter(({ command }) => command.op === 'list');
  const listed = order.flatMap(keyOf).filter((key) => lists.some((list) => asOfKey(list, key) !== undefined));
  return new Set([...named, ...new Set(listed)].slice(0, KEYS_SEARCHED_MAX));
}

/** The operation that does not fit, with those on its keys that were over shortly before it was asked. */
function conflictOf(
  { operation }: Misfit, subject: PlacedOperation, order: readonly PlacedOperation[],
): readonly ClientOperation[] {
  const { command } = subject;
  const isOnItsKey = (one: PlacedOperation): boolean => (
    command.op === 'list' ? isKeyed(one) && asOfKey(subject, one.command.key) !== undefined
      : asOfKey(one, command.key) !== undefined);
  const before = order.filter((one) => one !== subject && one !== operation && isOnItsKey(one)
    && endOf(one) <= subject.askedAtMs)
    .sort((a, b) => endOf(b) - endOf(a)).slice(0, CONFLICT_MAX - 2);
  return [...new Set([operation, ...before, subject])];
}

/** Whether a value was there before, as far as is known: no missing operation explains that it came back. */
function wasSeen(
  operation: KeyedOperation | undefined, ofKey: readonly KeyedOperation[], before: string | null | undefined,
): boolean {
  const found = operation === undefined ? undefined : valueFound(operation);
  return found === null || found === before || ofKey.some((one) => valueLeft(one) === found);
}

/** The value that an operation found; undefined where its answer does not say. */
function valueFound({ command, result }: ClientOperation): string | null | undefined {
  switch (result?.type) {
    case 'value':
      return result.value;
    case 'written':
    case 'deleted':
      return result.previous;
    case 'compared':
      return result.actual;
    case 'number':
      return command.op === 'incr' ? String(result.value - command.by) : undefined;
    default:
      return undefined;
  }
}

/** The value that an operation left. */
function valueLeft({ command, result }: KeyedOperation): string | null | undefined {
  switch (command.op) {
    case 'put':
      return command.value;
    case 'cas':
      return result?.type === 'compared' && result.swapped ? command.value : undefined;
    case 'incr':
      return result?.type === 'number' ? String(result.value) : undefined;
    default:
      return undefined;
  }
}
