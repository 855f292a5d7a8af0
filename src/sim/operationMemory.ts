/** The operations of a simulated run's clients, as they are known at present: for whoever judges them. */
import type { ClientOperation } from '../trace/operations.ts';

/** The oldest gives way. */
export const OPERATIONS_KEPT_MAX = 100_000;

export class OperationMemory {
  readonly #byId = new Map<string, ClientOperation>();

  /** Takes an operation, or what is newly known of one. */
  add(operation: ClientOperation): void {
    this.#byId.set(operation.requestId, operation);
    if (this.#byId.size > OPERATIONS_KEPT_MAX) {
      const [oldest] = this.#byId.keys();
      if (oldest !== undefined) this.#byId.delete(oldest);
    }
  }

  /** In the order in which they became known. */
  get all(): readonly ClientOperation[] {
    return [...this.#byId.values()];
  }
}
