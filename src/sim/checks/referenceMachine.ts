/**
 * A state machine that applies each committed entry once, in the order of the log, and never crashes, restores a
 * snapshot or forgets: what the servers' machines and the answers to clients are compared with.
 */
import { isReadCommand, KvStateMachine } from '../../kv/index.ts';
import type { KvCommand, KvEntry, KvResult } from '../../kv/index.ts';
import type { Entry, Index, Term } from '../../raft/index.ts';
import { type Property, SafetyViolation } from '../violation.ts';
import type { Check, ObservedServer } from './observer.ts';

const PROPERTY: Property = {
  name: 'State Machine Safety',
  section: 'Raft §5.4.3',
  statement: 'entries are applied in the order of the log, without gaps',
};

/** What became of a committed entry. */
export interface Committed {
  readonly term: Term;
  /** Its command; undefined for the entries that the core makes for itself. */
  readonly command: { readonly data: Uint8Array; readonly entry: KvEntry | undefined; readonly result: KvResult }
    | undefined;
}

/** Where a command stands in the log, and where it took effect. */
export interface Occurrences {
  readonly entries: Index[];
  readonly effects: Index[];
}

const NOWHERE: Occurrences = { entries: [], effects: [] };

/** Several checks share it. It stands before them: what is applied first anywhere is in it when they are asked. */
export class ReferenceMachine implements Check {
  readonly machine = new KvStateMachine();
  readonly #committed = new Map<Index, Committed>();
  readonly #occurrences = new Map<string, { readonly entries: Index[]; readonly effects: Index[] }>();
  /** By key, in the order of the log: its value from an index on. */
  readonly #values = new Map<string, { readonly index: Index; readonly value: string | null }[]>();
  #lastIndex: Index;

  /** @param firstIndex the index of the first members' snapshot */
  constructor(firstIndex: Index) {
    this.#lastIndex = firstIndex;
  }

  /** The last index that any server has applied. */
  get lastIndex(): Index {
    return this.#lastIndex;
  }

  onApply({ id }: ObservedServer, { index, term, type, data }: Entry): void {
    if (index <= this.#lastIndex) {
      return;
    }
    if (index > this.#lastIndex + 1) {
      throw new SafetyViolation(
        PROPERTY, [id], `${id} applies entry ${index}, but nobody has applied entry ${this.#lastIndex + 1}`,
      );
    }
    this.#lastIndex = index;
    if (type !== 'command') {
      this.#committed.set(index, { term, command: undefined });
      return;
    }
    const { entry, result, isRepeat } = this.machine.apply(index, data);
    this.#committed.set(index, { term, command: { data, entry, result } });
    if (entry?.kind === 'request') {
      this.#note(index, entry.client, entry.command, !isRepeat && !isRefusedForSession(result));
    }
  }

  #note(index: Index, client: string, command: KvCommand, hasEffect: boolean): void {
    if (isReadCommand(command)) {
      return;
    }
    const key = nameOf(client, command);
    const found = this.#occurrences.get(key) ?? { entries: [], effects: [] };
    this.#occurrences.set(key, found);
    found.entries.push(index);
    if (hasEffect) {
      found.effects.push(index);
      const values = this.#values.get(command.key) ?? [];
      this.#values.set(command.key, values);
      values.push({ index, value: this.machine.get(command.key) });
    }
  }

  /** Undefined where nobody has applied an entry. */
  at(index: Index): Committed | undefined {
    return this.#committed.get(index);
  }

  /** Where a client's command stands; for a command that is unique. */
  occurrencesOf(client: string, command: KvCommand): Occurrences {
    return this.#occurrences.get(nameOf(client, command)) ?? NOWHERE;
  }

  /** The value of a key when everything up to `index` was applied, and nothing more. */
  valueAt(key: string, index: Index): string | null {
    return this.#values.get(key)?.findLast((change) => change.index <= index)?.value ?? null;
  }
}

/** A command of a client: the same text for the same command. */
export function nameOf(client: string, command: KvCommand): string {
  switch (command.op) {
    case 'get':
    case 'delete':
      return `${client}: ${command.op} ${command.key}`;
    case 'put':
      return `${client}: put ${command.key} ${command.value}`;
    case 'cas':
      return `${client}: cas ${command.key} ${command.expected ?? '(absent)'} ${command.value}`;
    case 'incr':
      return `${client}: incr ${command.key} ${command.by}`;
    case 'list':
      return `${client}: list ${command.prefix} ${command.limit}`;
  }
}

/**
 * Whether no other command of a simulated client is the same: it carries a number of its own (clients.ts). Other
 * commands come again and again.
 */
export function isUnique(command: KvCommand): boolean {
  return command.op === 'put' || command.op === 'cas' || command.op === 'incr';
}

/** Whether the command was not carried out because of its session. */
function isRefusedForSession(result: KvResult): boolean {
  return result.type === 'refused' && (result.code === 'session-expired' || result.code === 'sequence-too-old');
}
