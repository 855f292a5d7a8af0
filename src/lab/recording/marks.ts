/** What a tape draws of a recording, and where elections, faults and findings are: kept when the events are gone. */
import type Database from 'better-sqlite3';
import { HISTORY_MARKS_MAX } from '../../contract/history.ts';
import { isOnTape, KIND_BITS, kindsOf } from '../../history/stepKinds.ts';
import type { TraceEvent } from '../../trace/events.ts';

const MARKS_MAX = 200_000;
/** Of what happens all the time, a tape draws at most one of each node in so many milliseconds. */
const OFTEN_EVERY_MS = 250;

/** The units whose marks are all kept. */
export type MarkedUnit = 'election' | 'fault' | 'finding';

interface Row { event: string }

export class Marks {
  readonly #database: Database.Database;
  readonly #insert: Database.Statement;
  /** When the last of the frequent kinds of each node was kept. */
  readonly #keptMs = new Map<string, number>();

  constructor(database: Database.Database) {
    this.#database = database;
    this.#insert = database.prepare('INSERT OR REPLACE INTO mark (seq, kinds, event) VALUES (?, ?, ?)');
  }

  see(event: TraceEvent): void {
    const kinds = kindsOf(event);
    const isKept = (kinds & (KIND_BITS.election | KIND_BITS.fault | KIND_BITS.finding)) !== 0 || this.#isDrawn(event);
    if (!isKept) return;
    this.#insert.run(event.seq, kinds, JSON.stringify(event));
  }

  /** The nearest mark of a unit after, or before, an event. */
  next(unit: MarkedUnit, fromSeq: number, direction: 'next' | 'previous'): TraceEvent | null {
    const [comparison, order] = direction === 'next' ? ['>', 'ASC'] : ['<', 'DESC'];
    const row = this.#database.prepare(`SELECT event FROM mark WHERE seq ${comparison} ? AND kinds & ? != 0 `
      + `ORDER BY seq ${order} LIMIT 1`).get(fromSeq, KIND_BITS[unit]) as Row | undefined;
    return row === undefined ? null : JSON.parse(row.event) as TraceEvent;
  }

  /** The latest, oldest first. */
  all(): readonly TraceEvent[] {
    const rows = this.#database.prepare('SELECT event FROM mark ORDER BY seq DESC LIMIT ?')
      .all(HISTORY_MARKS_MAX) as Row[];
    return rows.map(({ event }) => JSON.parse(event) as TraceEvent).reverse();
  }

  forgetOldest(): void {
    this.#database.prepare('DELETE FROM mark WHERE seq <= (SELECT seq FROM mark ORDER BY seq DESC LIMIT 1 OFFSET ?)')
      .run(MARKS_MAX);
  }

  #isDrawn(event: TraceEvent): boolean {
    if (!isOnTape(event)) return false;
    const isFrequent = event.type === 'commitAdvanced'
      || (event.type === 'entriesAppended' && event.truncatedFrom === undefined);
    if (!isFrequent) return true;
    const key = `${event.type} ${event.node}`;
    if (event.atMs - (this.#keptMs.get(key) ?? 0) < OFTEN_EVERY_MS) return false;
    this.#keptMs.set(key, event.atMs);
    return true;
  }
}
