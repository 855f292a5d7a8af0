/** Reads that were asked to be stale: not wrong when they are out of date, but shown as what they are. */
import type { ClientOperation } from '../../trace/operations.ts';
import { isKeyed } from './placed.ts';
import type { PlacedOperation } from './placed.ts';

/** For so many keys the last write is kept in mind. */
const KEYS_MAX = 65_536;

/** The last write of a key that its client was told of. */
interface LastWrite {
  readonly index: number;
  readonly answeredAtMs: number;
}

export class StaleReads {
  readonly #clockErrorMs: number;
  readonly #lastWrites = new Map<string, LastWrite>();
  #count = 0;
  #outdated = 0;

  constructor({ clockErrorMs }: { readonly clockErrorMs: number }) {
    this.#clockErrorMs = clockErrorMs;
  }

  get counts(): { readonly staleReads: number; readonly outdatedReads: number } {
    return { staleReads: this.#count, outdatedReads: this.#outdated };
  }

  noteWrite(operation: PlacedOperation): void {
    const { read, index, answeredAtMs } = operation;
    if (read !== undefined || answeredAtMs === null || operation.outcome !== 'ok' || !isKeyed(operation)) return;
    const last = this.#lastWrites.get(operation.command.key);
    if (last !== undefined && last.index > index) return;
    if (last === undefined && this.#lastWrites.size >= KEYS_MAX) return;
    this.#lastWrites.set(operation.command.key, { index, answeredAtMs });
  }

  /** A read is out of date when a write that it does not see was answered before it was asked. */
  add(operation: ClientOperation): void {
    if (operation.outcome !== 'ok') return;
    this.#count += 1;
    if (!isKeyed(operation)) return;
    const last = this.#lastWrites.get(operation.command.key);
    if (last !== undefined && operation.index !== null && last.index > operation.index
      && last.answeredAtMs + this.#clockErrorMs < operation.askedAtMs) {
      this.#outdated += 1;
    }
  }
}
