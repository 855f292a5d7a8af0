/** The replicated state machine: committed entries in, results out, the same on every node (Raft §2). */
import type { Index } from '../raft/types.ts';
import { LIST_BYTES_MAX, LIST_ENTRIES_MAX, PAIR_BYTES } from './commands.ts';
import type { KvCommand, KvEntry, KvPair, KvPreview, KvRefusalCode, KvResult, ReadCommand } from './commands.ts';
import { decodeKvEntry } from './entryCodec.ts';
import { FrozenPairs } from './frozenPairs.ts';
import { OrderedKeys } from './orderedKeys.ts';
import { Sessions } from './sessions.ts';
import type { Session } from './sessions.ts';
import { concatenated, snapshotBlocks, SnapshotReader } from './snapshot.ts';
import { beginningOf, utf8Length } from './text.ts';

/** What became of one entry. `entry` is undefined when its bytes were not an entry. */
export interface AppliedEntry {
  readonly entry: KvEntry | undefined;
  readonly result: KvResult;
  /** Whether this was a repeat of a request whose result is kept: nothing was done again. */
  readonly isRepeat: boolean;
}

/** A snapshot under way: its blocks come on request, and hold the state of the moment when it began. */
export interface FrozenState {
  readonly blocks: Generator<Uint8Array, void>;
  /** Ends the snapshot, finished or not: the machine no longer keeps anything for it. */
  release(): void;
}

/** Reads a snapshot in pieces into a new machine. */
export interface StateMachineReader {
  /** @throws {SnapshotError} when the bytes so far are not the beginning of a snapshot */
  push(bytes: Uint8Array): void;
  /** The machine as it was when the snapshot was taken. @throws {SnapshotError} when the snapshot has not ended */
  finish(): KvStateMachine;
}

/** Keys, values and sessions. Two machines that applied the same entries are equal, to the byte of their snapshots. */
export class KvStateMachine {
  readonly #values = new Map<string, string>();
  readonly #keys = new OrderedKeys();
  readonly #sessions = new Sessions();
  readonly #frozen = new Set<FrozenPairs>();
  #lastApplied: Index = 0;
  /** What the pairs count against the limit. */
  #dataBytes = 0;
  /** The limit from the latest entry that set one; null before the first. */
  #dataBytesMax: number | null = null;

  /**
   * A machine as it was when `snapshot` was taken.
   * @throws {SnapshotError} when the bytes are not a snapshot
   */
  static restore(snapshot: Uint8Array): KvStateMachine {
    const reader = KvStateMachine.reader();
    reader.push(snapshot);
    return reader.finish();
  }

  /** For a snapshot that comes in pieces. */
  static reader(): StateMachineReader {
    const machine = new KvStateMachine();
    const reader = new SnapshotReader({
      begin: (lastApplied, dataBytesMax) => {
        machine.#lastApplied = lastApplied;
        machine.#dataBytesMax = dataBytesMax;
      },
      pair: (key, value) => machine.#set(key, value),
      session: (session) => machine.#sessions.restore(session),
    });
    return {
      push: (bytes) => reader.push(bytes),
      finish: () => {
        reader.finish();
        return machine;
      },
    };
  }

  /** The index of the last entry that was applied; the log's other entries (no-op, configuration) do not count. */
  get lastApplied(): Index {
    return this.#lastApplied;
  }

  get keyCount(): number {
    return this.#values.size;
  }

  /** What the pairs count against the limit: the bytes of their keys and values, and PAIR_BYTES for each. */
  get dataBytes(): number {
    return this.#dataBytes;
  }

  /** The sessions, the one used longest ago first. */
  get sessions(): Iterable<Session> {
    return this.#sessions.all();
  }

  /**
   * Applies a committed entry of type `command`. Entries come in the order of their indexes, each once. Deterministic.
   * Never throws because of the bytes: every node refuses bytes that are not an entry in the same way.
   * @throws Error when the index does not rise: the log was not applied in order
   */
  apply(index: Index, data: Uint8Array): AppliedEntry {
    if (!Number.isSafeInteger(index) || index <= this.#lastApplied) {
      throw new Error(`entry ${index} is to be applied after entry ${this.#lastApplied}`);
    }
    this.#lastApplied = index;
    const entry = decodeKvEntry(data);
    if (entry === undefined) {
      return { entry, result: refused('malformed-entry', 'The entry holds no command.'), isRepeat: false };
    }
    if (entry.kind === 'register') {
      this.#dataBytesMax = entry.dataBytesMax ?? this.#dataBytesMax;
      const session = this.#sessions.register(index, entry.client, entry.request);
      return { entry, result: { type: 'registered', session }, isRepeat: false };
    }
    if (entry.kind === 'plain') {
      this.#dataBytesMax = entry.dataBytesMax ?? this.#dataBytesMax;
      return { entry, result: this.#execute(entry.command), isRepeat: false };
    }
    return { entry, ...this.#applyRequest(index, entry) };
  }

  /** The value of a key here and now: possibly stale. */
  get(key: string): string | null {
    return this.#values.get(key) ?? null;
  }

  /** The answer to a read here and now: possibly stale. */
  read(command: ReadCommand): KvResult {
    return command.op === 'get'
      ? { type: 'value', value: this.get(command.key) }
      : { type: 'list', ...this.list(command.prefix, command.limit, command.after) };
  }

  /** The pairs whose keys begin with `prefix`, in the order of their bytes, here and now: possibly stale. */
  list(
    prefix: string, limit: number = LIST_ENTRIES_MAX, after?: string,
  ): { entries: readonly KvPair[]; truncated: boolean } {
    const entries: KvPair[] = [];
    let bytes = 0;
    for (const key of this.#keys.withPrefix(prefix, after)) {
      const value = this.#values.get(key) ?? '';
      bytes += utf8Length(key) + utf8Length(value);
      const isFull = entries.length >= limit || (entries.length > 0 && bytes > LIST_BYTES_MAX);
      if (isFull) return { entries, truncated: true };
      entries.push({ key, value });
    }
    return { entries, truncated: false };
  }

  /**
   * The same pairs with only the beginning of each value: for display, whatever their size.
   * @param charactersMax where a value is cut, in UTF-16 units
   */
  preview(prefix: string, limit: number, charactersMax: number): { entries: readonly KvPreview[]; truncated: boolean } {
    const entries: KvPreview[] = [];
    for (const key of this.#keys.withPrefix(prefix)) {
      if (entries.length >= limit) return { entries, truncated: true };
      const value = this.#values.get(key) ?? '';
      const isWhole = value.length <= charactersMax;
      entries.push(isWhole ? { key, value } : { key, value: beginningOf(value, charactersMax), cutFrom: value.length });
    }
    return { entries, truncated: false };
  }

  /** Everything that the machine holds, as bytes for `restore`. */
  snapshot(): Uint8Array {
    const frozen = this.freeze();
    const bytes = concatenated([...frozen.blocks]);
    frozen.release();
    return bytes;
  }

  /**
   * Begins a snapshot of the machine as it is now. The blocks may be taken much later, while entries are applied: only
   * the lists of keys and sessions are copied here.
   */
  freeze(): FrozenState {
    const pairs = new FrozenPairs(this.#keys.copy(), this.#values);
    this.#frozen.add(pairs);
    const sessions = [...this.#sessions.all()].map((session) => ({ ...session, results: new Map(session.results) }));
    return {
      blocks: snapshotBlocks({
        lastApplied: this.#lastApplied, dataBytesMax: this.#dataBytesMax, pairs, sessions,
      }),
      release: () => this.#frozen.delete(pairs),
    };
  }

  #applyRequest(index: Index, request: KvEntry & { kind: 'request' }): Omit<AppliedEntry, 'entry'> {
    const { session, sequence, acknowledgedBelow, command } = request;
    const found = this.#sessions.lookUp(index, session, sequence, acknowledgedBelow);
    switch (found.type) {
      case 'recorded':
        return { result: found.result, isRepeat: true };
      case 'expired':
        return {
          result: refused('session-expired',
            `Session ${session} has expired. Whether an earlier try of this command took effect cannot be told.`),
          isRepeat: false,
        };
      case 'too-old':
        return {
          result: refused('sequence-too-old',
            `Request ${sequence} of session ${session} is too old: results are kept from ${found.keptFrom} on.`),
          isRepeat: false,
        };
      case 'fresh': {
        const result = this.#execute(command);
        // A retried read can be answered again, so its result, which may be large, is not kept.
        if (command.op !== 'get' && command.op !== 'list') this.#sessions.record(session, sequence, result);
        return { result, isRepeat: false };
      }
    }
  }

  #execute(command: KvCommand): KvResult {
    switch (command.op) {
      case 'get':
      case 'list':
        return this.read(command);
      case 'put': {
        const previous = this.get(command.key);
        return this.#write(command.key, command.value) ?? { type: 'written', previous };
      }
      case 'delete': {
        const previous = this.get(command.key);
        this.#delete(command.key);
        return { type: 'deleted', previous };
      }
      case 'cas': {
        const actual = this.get(command.key);
        const swapped = actual === command.expected;
        const refusal = swapped ? this.#write(command.key, command.value) : undefined;
        return refusal ?? { type: 'compared', swapped, actual };
      }
      case 'incr':
        return this.#increment(command.key, command.by);
    }
  }

  #increment(key: string, by: number): KvResult {
    const text = this.get(key) ?? '0';
    const value = /^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : NaN;
    if (!Number.isSafeInteger(value)) {
      return refused('not-a-number', 'The value is not a whole number.');
    }
    const sum = value + by;
    if (!Number.isSafeInteger(sum)) {
      return refused('number-too-large', `The sum is beyond ±${Number.MAX_SAFE_INTEGER}; the value stays ${value}.`);
    }
    return this.#write(key, String(sum)) ?? { type: 'number', value: sum };
  }

  /**
   * Writes a value where the limit allows it. A write that does not enlarge the whole is always allowed, even beyond
   * the limit.
   * @returns the refusal, if any
   */
  #write(key: string, value: string): KvResult | undefined {
    const added = pairBytes(key, value) - this.#bytesOf(key);
    const bytes = this.#dataBytes + added;
    if (added > 0 && this.#dataBytesMax !== null && bytes > this.#dataBytesMax) {
      return refused('data-limit-reached', `Keys and values would take ${bytes} bytes, and this cluster takes at most `
        + `${this.#dataBytesMax}: delete keys, or write shorter values.`);
    }
    this.#set(key, value);
    return undefined;
  }

  #set(key: string, value: string): void {
    this.#keepForSnapshots(key);
    this.#dataBytes += pairBytes(key, value) - this.#bytesOf(key);
    if (!this.#values.has(key)) this.#keys.add(key);
    this.#values.set(key, value);
  }

  #delete(key: string): void {
    this.#keepForSnapshots(key);
    this.#dataBytes -= this.#bytesOf(key);
    if (this.#values.delete(key)) this.#keys.delete(key);
  }

  /** What a key and its value count now: nothing where the key is absent. */
  #bytesOf(key: string): number {
    const value = this.#values.get(key);
    return value === undefined ? 0 : pairBytes(key, value);
  }

  #keepForSnapshots(key: string): void {
    for (const frozen of this.#frozen) frozen.keep(key);
  }
}

function pairBytes(key: string, value: string): number {
  return PAIR_BYTES + utf8Length(key) + utf8Length(value);
}

function refused(code: KvRefusalCode, message: string): KvResult {
  return { type: 'refused', code, message };
}
