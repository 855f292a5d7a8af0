/** What people wrote at moments of a recording. */
import type Database from 'better-sqlite3';
import { LabError } from '../../contract/errors.ts';
import { NOTES_MAX } from '../../contract/history.ts';
import type { HistoryNote } from '../../contract/history.ts';

interface Row { note: number; seq: number; to_seq: number | null; at_ms: number; text: string }

export class Notes {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  /** In the order of their moments. */
  all(): readonly HistoryNote[] {
    const rows = this.#database.prepare('SELECT note, seq, to_seq, at_ms, text FROM note ORDER BY seq, note')
      .all() as Row[];
    return rows.map(({ note, seq, to_seq: toSeq, at_ms: atMs, text }) => ({ note, seq, toSeq, atMs, text }));
  }

  /** @throws {LabError} `refused` when there are too many */
  add({ seq, toSeq, atMs, text }: Omit<HistoryNote, 'note'>): void {
    if (this.all().length >= NOTES_MAX) {
      throw new LabError('refused', `a recording has at most ${NOTES_MAX} notes: delete one first`);
    }
    this.#database.prepare('INSERT INTO note (seq, to_seq, at_ms, text) VALUES (?, ?, ?, ?)')
      .run(seq, toSeq, atMs, text);
  }

  /** @throws {LabError} `refused` when there is no such note */
  change(note: number, text: string): void {
    this.#mustBe(this.#database.prepare('UPDATE note SET text = ? WHERE note = ?').run(text, note).changes);
  }

  /** @throws {LabError} `refused` when there is no such note */
  delete(note: number): void {
    this.#mustBe(this.#database.prepare('DELETE FROM note WHERE note = ?').run(note).changes);
  }

  #mustBe(changes: number): void {
    if (changes === 0) throw new LabError('refused', 'this note is not there: it was deleted');
  }
}
