/** The values under all keys, as far as the operations so far tell. */
import type { KvCommand, KvResult } from '../../kv/commands.ts';
import type { ClientOperation } from '../../trace/operations.ts';
import { keyValueModel } from './models.ts';
import { tellsOf } from './placed.ts';

type List = Extract<KvCommand, { readonly op: 'list' }>;
type Listed = Extract<KvResult, { readonly type: 'list' }>;
type Value = string | null | undefined;

export class KeyValues {
  readonly #values: Map<string, Value>;
  readonly #startsEmpty: boolean;

  /** @param startsEmpty whether a key that nobody has written is known to be absent */
  constructor(startsEmpty: boolean, values: ReadonlyMap<string, Value> = new Map()) {
    this.#startsEmpty = startsEmpty;
    this.#values = new Map(values);
  }

  copy(): KeyValues {
    return new KeyValues(this.#startsEmpty, this.#values);
  }

  /** The value under a key: null when absent, undefined when unknown. */
  valueOf(key: string): Value {
    return this.#values.has(key) ? this.#values.get(key) : this.#startsEmpty ? null : undefined;
  }

  /**
   * Applies an operation. One that does not fit changes the values as its own answer says: what follows is judged by
   * that, so that one contradiction is told once.
   * @returns whether its answer fits
   */
  apply({ command, result }: ClientOperation): boolean {
    if (command.op === 'list') return result?.type !== 'list' || this.#fitsList(command, result);
    const answer = result ?? undefined;
    const next = keyValueModel.step({ value: this.valueOf(command.key) }, command, answer);
    const told = next ?? keyValueModel.step({ value: undefined }, command, answer);
    this.#values.set(command.key, told?.value);
    return next !== undefined;
  }

  /** Every known key that it tells of is listed as it is, and no other. */
  #fitsList(command: List, listing: Listed): boolean {
    const listed = new Map(listing.entries.map(({ key, value }) => [key, value]));
    const areKnownRight = [...this.#values].every(([key, value]) => (
      value === undefined || !tellsOf(command, listing, key) || (listed.get(key) ?? null) === value));
    const areListedRight = listing.entries.every(({ key, value }) => {
      const known = this.valueOf(key);
      return known === undefined || known === value;
    });
    listing.entries.forEach(({ key, value }) => this.#values.set(key, value));
    return areKnownRight && areListedRight;
  }
}
