/** The events of a recording, some thousand a chunk, each with the whole view as it was before its first event. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type Database from 'better-sqlite3';
import { applyEvent, emptyView } from '../../trace/fold.ts';
import type { TraceEvent } from '../../trace/events.ts';
import type { ClusterView } from '../../trace/view.ts';

/** A chunk is full at so many events: a moment in it is a few milliseconds away from its beginning. */
export const CHUNK_EVENTS_MAX = 2048;
/** Chunks that were read are kept unpacked: who walks through the past stays near a place. */
const UNPACKED_MAX = 8;
/** The text of an unpacked chunk may not be longer; a foreign file could hold anything. */
const UNPACKED_BYTES_MAX = 64 * 1024 * 1024;
/** Packing fast matters more than packing small. */
const LEVEL = 1;

export interface ChunkPlace {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly eventCount: number;
}

export interface Chunk {
  /** The view before the first event, as JSON: each reader folds into a copy of its own. */
  readonly viewText: string;
  readonly events: readonly TraceEvent[];
}

interface Row { first_seq: number; last_seq: number; first_ms: number; last_ms: number; event_count: number }
interface PackedRow { view: Uint8Array; events: Uint8Array }

const PLACE = 'first_seq, last_seq, first_ms, last_ms, event_count';

export class Chunks {
  readonly #database: Database.Database;
  readonly #unpacked = new Map<number, Chunk>();
  #view: ClusterView;
  #open: { viewText: string; events: TraceEvent[]; firstMs: number; lastMs: number } | undefined;
  #isUnwritten = false;
  #lastMs = 0;

  /** Goes on after what the database has. */
  constructor(database: Database.Database) {
    this.#database = database;
    const last = this.places().at(-1);
    this.#view = last === undefined ? emptyView() : this.viewAt(last.lastSeq).view;
    this.#lastMs = last?.lastMs ?? 0;
  }

  /** The number of the last event; 0: there is none. */
  get lastSeq(): number {
    return this.#view.seq;
  }

  add(event: TraceEvent): void {
    // Nodes' events arrive up to a moment late; a search by time needs an order.
    this.#lastMs = Math.max(this.#lastMs, event.atMs);
    this.#open ??= { viewText: JSON.stringify(this.#view), events: [], firstMs: this.#lastMs, lastMs: this.#lastMs };
    this.#open.events.push(event);
    this.#open.lastMs = this.#lastMs;
    this.#isUnwritten = true;
    applyEvent(this.#view, event);
    if (this.#open.events.length >= CHUNK_EVENTS_MAX) {
      this.write();
      this.#open = undefined;
    }
  }

  /** What was there before the first event. Must be called before that. */
  beginWith(view: ClusterView): void {
    this.#view = view;
  }

  /** Writes what is not written yet; the newest chunk is written again until it is full. */
  write(): void {
    const [first] = this.#open?.events ?? [];
    if (!this.#isUnwritten || this.#open === undefined || first === undefined) return;
    const { viewText, events, firstMs, lastMs } = this.#open;
    this.#database.prepare(`INSERT OR REPLACE INTO chunk (${PLACE}, view, events) VALUES (?, ?, ?, ?, ?, ?, ?)`).run(
      first.seq, events.at(-1)?.seq, firstMs, lastMs, events.length, packed(viewText), packed(JSON.stringify(events)));
    this.#isUnwritten = false;
  }

  /** Where all chunks are, oldest first, the one that is being filled included. */
  places(): readonly ChunkPlace[] {
    const rows = this.#database.prepare(`SELECT ${PLACE} FROM chunk ORDER BY first_seq`).all() as Row[];
    const written = rows.map((row) => ({
      firstSeq: row.first_seq, lastSeq: row.last_seq, firstMs: row.first_ms, lastMs: row.last_ms,
      eventCount: row.event_count,
    }));
    const firstSeq = this.#open?.events[0]?.seq;
    if (this.#open === undefined || firstSeq === undefined) return written;
    const { events, firstMs, lastMs } = this.#open;
    const open = { firstSeq, lastSeq: this.lastSeq, firstMs, lastMs, eventCount: events.length };
    return [...written.filter((place) => place.firstSeq !== firstSeq), open];
  }

  /** The events of the chunk that begins with `firstSeq`. */
  read(firstSeq: number): Chunk {
    const open = this.#open;
    if (open !== undefined && open.events[0]?.seq === firstSeq) return open;
    const known = this.#unpacked.get(firstSeq);
    if (known !== undefined) return known;
    const row = this.#database.prepare('SELECT view, events FROM chunk WHERE first_seq = ?').get(firstSeq) as
      PackedRow | undefined;
    if (row === undefined) throw new RangeError(`no chunk begins with event ${firstSeq}`);
    const chunk: Chunk = { viewText: unpacked(row.view), events: JSON.parse(unpacked(row.events)) as TraceEvent[] };
    this.#unpacked.set(firstSeq, chunk);
    const [oldest] = this.#unpacked.keys();
    if (this.#unpacked.size > UNPACKED_MAX && oldest !== undefined) this.#unpacked.delete(oldest);
    return chunk;
  }

  /** The view after the event `seq`, and the events of its chunk up to it. Before the first event: as it began. */
  viewAt(seq: number): { readonly view: ClusterView; readonly events: readonly TraceEvent[] } {
    const place = this.#placeOf(seq);
    if (place === undefined) return { view: emptyView(), events: [] };
    const { viewText, events } = this.read(place.firstSeq);
    const view = JSON.parse(viewText) as ClusterView;
    const until = events.filter((event) => event.seq <= seq);
    for (const event of until) applyEvent(view, event);
    return { view, events: until };
  }

  /** The view before the event `seq`. */
  viewBefore(seq: number): ClusterView {
    const place = this.#placeOf(seq);
    if (place === undefined || seq <= place.firstSeq) {
      return place === undefined ? emptyView() : JSON.parse(this.read(place.firstSeq).viewText) as ClusterView;
    }
    return this.viewAt(seq - 1).view;
  }

  /** The number of the last event up to a time; that of the first where all are later. */
  seqAt(atMs: number): number {
    const places = this.places();
    const place = places.findLast(({ firstMs }) => firstMs <= atMs) ?? places[0];
    if (place === undefined) return 0;
    const { events } = this.read(place.firstSeq);
    return events.findLast((event) => event.atMs <= atMs)?.seq ?? place.firstSeq;
  }

  /** The events after `afterSeq`, oldest first. */
  after(afterSeq: number, count: number): readonly TraceEvent[] {
    const found: TraceEvent[] = [];
    for (const { firstSeq, lastSeq } of this.places()) {
      if (lastSeq <= afterSeq) continue;
      found.push(...this.read(firstSeq).events.filter(({ seq }) => seq > afterSeq));
      if (found.length >= count) break;
    }
    return found.slice(0, count);
  }

  /** All events after `afterSeq`, chunk by chunk. */
  * allAfter(afterSeq: number): Generator<TraceEvent, void> {
    for (let at = afterSeq; ;) {
      const page = this.after(at, CHUNK_EVENTS_MAX);
      yield* page;
      const last = page.at(-1);
      if (last === undefined) return;
      at = last.seq;
    }
  }

  /** The events before `beforeSeq`, oldest first. */
  before(beforeSeq: number, count: number): readonly TraceEvent[] {
    let found: readonly TraceEvent[] = [];
    for (const { firstSeq } of this.places().toReversed()) {
      if (firstSeq >= beforeSeq) continue;
      found = [...this.read(firstSeq).events.filter(({ seq }) => seq < beforeSeq), ...found];
      if (found.length >= count) break;
    }
    return found.slice(-count);
  }

  /** The bytes that all chunks take. */
  bytes(): number {
    const row = this.#database.prepare('SELECT sum(length(view) + length(events)) AS bytes FROM chunk').get() as
      { bytes: number | null };
    return row.bytes ?? 0;
  }

  /** Forgets the oldest chunks until the others take at most so many bytes; the newest stays. */
  forget(bytesMax: number): void {
    let bytes = this.bytes();
    const rows = this.#database.prepare('SELECT first_seq, length(view) + length(events) AS bytes FROM chunk '
      + 'ORDER BY first_seq').all() as { first_seq: number; bytes: number }[];
    for (const row of rows.slice(0, -1)) {
      if (bytes <= bytesMax) return;
      this.#database.prepare('DELETE FROM chunk WHERE first_seq = ?').run(row.first_seq);
      this.#unpacked.delete(row.first_seq);
      bytes -= row.bytes;
    }
  }

  #placeOf(seq: number): ChunkPlace | undefined {
    const places = this.places();
    return places.findLast(({ firstSeq }) => firstSeq <= seq) ?? places[0];
  }
}

function packed(text: string): Uint8Array {
  return deflateRawSync(text, { level: LEVEL });
}

function unpacked(bytes: Uint8Array): string {
  return inflateRawSync(bytes, { maxOutputLength: UNPACKED_BYTES_MAX }).toString('utf8');
}
