/** The replicated state machine: committed entries in, results out, the same on every node (Raft §2). */
import type { Index } from '../raft/types.ts';
import { LIST_BYTES_MAX, LIST_ENTRIES_MAX } from './commands.ts';
import type { KvCommand, KvEntry, KvPair, KvRefusalCode, KvResult } from './commands.ts';
import { decodeKvEntry } from './entryCodec.ts';
import { OrderedKeys } from './orderedKeys.ts';
import { Sessions } from './sessions.ts';
import type { Session } from './sessions.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot.ts';
import { utf8Length } from './text.ts';

/** What became of one entry. `entry` is undefined when its bytes were no entry. */
export interface AppliedEntry {
  readonly entry: KvEntry | undefined;
  readonly result: KvResult;
}

/** Keys, values and sessions. Two machines that applied the same entries are equal, to the byte of their snapshots. */
export class KvStateMachine {
  readonly #values = new Map<string, string>();
  readonly #keys = new OrderedKeys();
  readonly #sessions = new Sessions();
  #lastApplied: Index = 0;

  /**
   * A machine as it was when `snapshot` was taken.
   * @throws {SnapshotError} when the bytes are no snapshot
   */
  static restore(snapshot: Uint8Array): KvStateMachine {
    const { lastApplied, pairs, sessions } = decodeSnapshot(snapshot);
    const machine = new KvStateMachine();
    machine.#lastApplied = lastApplied;
    for (const { key, value } of pairs) machine.#set(key, value);
    for (const session of sessions) machine.#sessions.restore(session);
    return machine;
  }

  /** The index of the last entry that was applied; the log's other entries (no-op, configuration) pass it by. */
  get lastApplied(): Index {
    return this.#lastApplied;
  }

  get keyCount(): number {
    return this.#values.size;
  }

  /** The sessions, the one used longest ago first. */
  get sessions(): Iterable<Session> {
    return this.#sessions.all();
  }

  /**
   * Applies a committed entry of type `command`. Entries come in the order of their indexes, each once. Deterministic,
   * and never throws for what the bytes hold: bytes that are no entry are refused alike everywhere.
   * @throws Error when the index does not follow: then the log was not applied in order
   */
  apply(index: Index, data: Uint8Array): AppliedEntry {
    if (!Number.isSafeInteger(index) || index <= this.#lastApplied) {
      throw new Error(`entry ${index} is to be applied after entry ${this.#lastApplied}`);
    }
    this.#lastApplied = index;
    const entry = decodeKvEntry(data);
    if (entry === undefined) return { entry, result: refused('malformed-entry', 'The entry holds no command.') };
    if (entry.kind === 'register') {
      const session = this.#sessions.register(index, entry.client, entry.request);
      return { entry, result: { type: 'registered', session } };
    }
    return { entry, result: this.#applyRequest(index, entry) };
  }

  /** The value of a key here and now: possibly stale. */
  get(key: string): string | null {
    return this.#values.get(key) ?? null;
  }

  /** The pairs whose keys begin with `prefix`, in the order of their UTF-8 bytes, here and now: possibly stale. */
  list(prefix: string, limit: number = LIST_ENTRIES_MAX): { entries: readonly KvPair[]; truncated: boolean } {
    const entries: KvPair[] = [];
    let bytes = 0;
    for (const key of this.#keys.withPrefix(prefix)) {
      const value = this.#values.get(key) ?? '';
      bytes += utf8Length(key) + utf8Length(value);
      const isFull = entries.length >= limit || (entries.length > 0 && bytes > LIST_BYTES_MAX);
      if (isFull) return { entries, truncated: true };
      entries.push({ key, value });
    }
    return { entries, truncated: false };
  }

  /** Everything that the machine holds, as bytes for `restore`. */
  snapshot(): Uint8Array {
    const pairs: KvPair[] = [];
    for (const key of this.#keys.withPrefix('')) pairs.push({ key, value: this.#values.get(key) ?? '' });
    return encodeSnapshot({ lastApplied: this.#lastApplied, pairs, sessions: [...this.#sessions.all()] });
  }

  #applyRequest(index: Index, request: KvEntry & { kind: 'request' }): KvResult {
    const { session, sequence, acknowledgedBelow, command } = request;
    const found = this.#sessions.lookUp(index, session, sequence, acknowledgedBelow);
    switch (found.type) {
      case 'recorded':
        return found.result;
      case 'expired':
        return refused('session-expired',
          `Session ${session} has expired. Whether an earlier try of this command took effect cannot be told.`);
      case 'too-old':
        return refused('sequence-too-old',
          `Request ${sequence} of session ${session} is too old: results are kept from ${found.keptFrom} on.`);
      case 'fresh': {
        const result = this.#execute(command);
        // A read that is retried may just as well be answered anew; so its result, maybe large, is not kept.
        if (command.op !== 'get' && command.op !== 'list') this.#sessions.record(session, sequence, result);
        return result;
      }
    }
  }

  #execute(command: KvCommand): KvResult {
    switch (command.op) {
      case 'get':
        return { type: 'value', value: this.get(command.key) };
      case 'put': {
        const previous = this.get(command.key);
        this.#set(command.key, command.value);
        return { type: 'written', previous };
      }
      case 'delete': {
        const previous = this.get(command.key);
        if (this.#values.delete(command.key)) this.#keys.delete(command.key);
        return { type: 'deleted', previous };
      }
      case 'cas': {
        const actual = this.get(command.key);
        const swapped = actual === command.expected;
        if (swapped) this.#set(command.key, command.value);
        return { type: 'compared', swapped, actual };
      }
      case 'incr':
        return this.#increment(command.key, command.by);
      case 'list':
        return { type: 'list', ...this.list(command.prefix, command.limit) };
    }
  }

  #increment(key: string, by: number): KvResult {
    const text = this.get(key) ?? '0';
    const value = /^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : NaN;
    if (!Number.isSafeInteger(value)) {
      return refused('not-a-number', 'The value is no whole number that can be counted with.');
    }
    const sum = value + by;
    if (!Number.isSafeInteger(sum)) {
      return refused('number-too-large', `The sum is beyond ±${Number.MAX_SAFE_INTEGER}; the value stays ${value}.`);
    }
    this.#set(key, String(sum));
    return { type: 'number', value: sum };
  }

  #set(key: string, value: string): void {
    if (!this.#values.has(key)) this.#keys.add(key);
    this.#values.set(key, value);
  }
}

function refused(code: KvRefusalCode, message: string): KvResult {
  return { type: 'refused', code, message };
}
