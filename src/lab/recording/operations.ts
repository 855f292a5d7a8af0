/** The clients' operations of a recording: all of them, up to a limit, whatever becomes of the events. */
import type Database from 'better-sqlite3';
import type { ClientOperation } from '../../trace/operations.ts';

/** About a hundred megabytes; the oldest give way. */
export const OPERATIONS_MAX = 300_000;

interface Row { operation: string }

export class Operations {
  readonly #database: Database.Database;
  readonly #insert: Database.Statement;

  constructor(database: Database.Database) {
    this.#database = database;
    this.#insert = database.prepare('INSERT OR REPLACE INTO operation VALUES (?, ?, ?, ?)');
  }

  /** Takes an operation, or what is newly known of one. */
  add(operation: ClientOperation): void {
    const { requestId, askedAtMs, answeredAtMs } = operation;
    this.#insert.run(requestId, askedAtMs, answeredAtMs, JSON.stringify(operation));
  }

  get count(): number {
    return Number(this.#database.prepare('SELECT count(*) FROM operation').pluck().get());
  }

  /** Those that were under way at some time between the two, oldest first. */
  between(fromMs: number, toMs: number, count: number): readonly ClientOperation[] {
    const rows = this.#database.prepare('SELECT operation FROM operation WHERE asked_ms <= ? '
      + 'AND coalesce(answered_ms, ?) >= ? ORDER BY asked_ms DESC LIMIT ?').all(toMs, toMs, fromMs, count) as Row[];
    return rows.map(({ operation }) => JSON.parse(operation) as ClientOperation).reverse();
  }

  * all(): Generator<ClientOperation, void> {
    const rows = this.#database.prepare('SELECT operation FROM operation ORDER BY asked_ms').iterate();
    for (const row of rows as IterableIterator<Row>) yield JSON.parse(row.operation) as ClientOperation;
  }

  forgetOldest(): void {
    this.#database.prepare('DELETE FROM operation WHERE asked_ms < '
      + '(SELECT asked_ms FROM operation ORDER BY asked_ms DESC LIMIT 1 OFFSET ?)').run(OPERATIONS_MAX);
  }
}
