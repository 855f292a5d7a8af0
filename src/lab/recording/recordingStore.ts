/** One recording: its events in chunks, marks, operations and notes, in SQLite. Lives in the recording's thread. */
import type Database from 'better-sqlite3';
import { HISTORY_DENSITY_PARTS } from '../../contract/history.ts';
import type {
  HistoryAnswers, HistoryCommandName, HistoryMoment, HistoryOverview, HistoryStatus, HistoryVerdict, JumpUnit,
} from '../../contract/history.ts';
import { KIND_BITS, kindsOf } from '../../history/stepKinds.ts';
import { CLOCK_ERROR_MS, OperationJudge } from '../../history/linearizability/judge.ts';
import { nodeNameOf } from '../../trace/names.ts';
import { RECENT_EVENTS } from '../../trace/labTrace.ts';
import type { TraceEvent } from '../../trace/events.ts';
import type { ClientOperation } from '../../trace/operations.ts';
import { Chunks } from './chunks.ts';
import type { ChunkPlace } from './chunks.ts';
import { Marks } from './marks.ts';
import { Notes } from './notes.ts';
import { Operations } from './operations.ts';

/** The questions that a recording answers by itself; the others need a person or a file. */
export type StoreQuestion = Exclude<HistoryCommandName, `history:${'save' | 'export' | 'open' | 'close'}`>;
/** A question's input without the recording that it is about. */
export interface StoreInput {
  readonly seq?: number | undefined;
  readonly atMs?: number | undefined;
  readonly afterSeq?: number;
  readonly beforeSeq?: number;
  readonly count?: number;
  readonly fromSeq?: number;
  readonly direction?: 'next' | 'previous';
  readonly unit?: JumpUnit;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly toSeq?: number | undefined;
  readonly text?: string;
  readonly note?: number;
}

export interface RecordingNames {
  readonly name: string;
  readonly labName: string;
}

/** How many events are searched for the next one of a kind at once. */
const SEARCH_PAGE = 2048;

export class RecordingStore {
  readonly #database: Database.Database;
  readonly #bytesMax: number | null;
  readonly #names: RecordingNames;
  readonly chunks: Chunks;
  readonly marks: Marks;
  readonly operations: Operations;
  readonly notes: Notes;
  /** The numbers of the present run of the lab begin after this one. */
  readonly offset: number;
  readonly #judge = new OperationJudge({ startsEmpty: false, clockErrorMs: CLOCK_ERROR_MS });
  #problem: string | null = null;

  /** @param bytesMax at this size the oldest events are forgotten; null: never */
  constructor(database: Database.Database, names: RecordingNames, bytesMax: number | null) {
    this.#database = database;
    this.#names = names;
    this.#bytesMax = bytesMax;
    this.chunks = new Chunks(database);
    this.marks = new Marks(database);
    this.operations = new Operations(database);
    this.notes = new Notes(database);
    this.offset = this.chunks.lastSeq;
  }

  set problem(problem: string | null) {
    this.#problem = problem;
  }

  /** Takes events of the present run, with the numbers that they have there. */
  addEvents(events: readonly TraceEvent[]): void {
    this.#database.transaction(() => {
      for (const event of events) this.#add({ ...event, ...this.#renumbered(event) });
    })();
  }

  addOperations(operations: readonly ClientOperation[]): void {
    this.#database.transaction(() => {
      for (const operation of operations) {
        this.operations.add(operation);
        this.#judge.add(operation);
      }
    })();
  }

  /** Makes what was taken last a second, and forgets what is too much. */
  write(): void {
    this.#database.transaction(() => {
      this.chunks.write();
      if (this.#bytesMax !== null) this.chunks.forget(this.#bytesMax);
      this.marks.forgetOldest();
      this.operations.forgetOldest();
    })();
  }

  close(): void {
    this.#database.close();
  }

  /** @throws {LabError} for a note that is not there, or too many */
  answer(name: StoreQuestion, input: StoreInput): HistoryAnswers[StoreQuestion] {
    switch (name) {
      case 'history:status':
        return this.status();
      case 'history:moment':
        return this.moment(input.seq ?? this.chunks.seqAt(input.atMs ?? 0));
      case 'history:events':
        return this.chunks.after(input.afterSeq ?? 0, input.count ?? 0);
      case 'history:page':
        return this.chunks.before(input.beforeSeq ?? 0, input.count ?? 0);
      case 'history:jump':
        return this.jump(input.unit ?? 'event', input.fromSeq ?? 0, input.direction ?? 'next');
      case 'history:overview':
        return this.overview();
      case 'history:operations':
        return this.operations.between(input.fromMs ?? 0, input.toMs ?? Number.MAX_SAFE_INTEGER, input.count ?? 0);
      case 'history:verdict':
        return this.verdict();
      case 'history:addNote':
        this.#addNote(input);
        return this.notes.all();
      case 'history:changeNote':
        this.notes.change(input.note ?? 0, input.text ?? '');
        return this.notes.all();
      case 'history:deleteNote':
        this.notes.delete(input.note ?? 0);
        return this.notes.all();
      case 'history:notes':
        return this.notes.all();
    }
  }

  status(): HistoryStatus {
    const places = this.chunks.places();
    return {
      ...this.#names,
      offset: this.offset,
      fromSeq: places[0]?.firstSeq ?? 0,
      toSeq: places.at(-1)?.lastSeq ?? 0,
      fromMs: places[0]?.firstMs ?? 0,
      toMs: places.at(-1)?.lastMs ?? 0,
      eventCount: places.reduce((sum, { eventCount }) => sum + eventCount, 0),
      operationCount: this.operations.count,
      bytes: this.chunks.bytes(),
      bytesMax: this.#bytesMax,
      problem: this.#problem,
    };
  }

  moment(seq: number): HistoryMoment {
    const { view, events } = this.chunks.viewAt(seq);
    const missing = RECENT_EVENTS - events.length;
    const earlier = missing > 0 ? this.chunks.before(events[0]?.seq ?? 0, missing) : [];
    return { view, recentEvents: [...earlier, ...events].slice(-RECENT_EVENTS) };
  }

  verdict(): HistoryVerdict {
    return this.#judge.verdict();
  }

  jump(unit: JumpUnit, fromSeq: number, direction: 'next' | 'previous'): TraceEvent | null {
    if (unit === 'election' || unit === 'fault' || unit === 'finding') {
      return this.marks.next(unit, fromSeq, direction);
    }
    if (unit === 'note') return this.#noteFrom(fromSeq, direction);
    return this.#search(fromSeq, direction, matcherOf(unit, this.#eventAt(fromSeq)));
  }

  overview(): HistoryOverview {
    return { marks: this.marks.all(), density: densityOf(this.chunks.places()) };
  }

  #add(event: TraceEvent): void {
    this.chunks.add(event);
    this.marks.see(event);
    const loss = lossBy(event);
    if (loss !== null) this.#judge.noteLoss(loss);
  }

  #renumbered(event: TraceEvent): { readonly seq: number; readonly seenAtSeq?: number } {
    const seq = event.seq + this.offset;
    return event.type === 'safetyViolated' ? { seq, seenAtSeq: event.seenAtSeq + this.offset } : { seq };
  }

  #addNote({ seq = 0, toSeq, text = '' }: StoreInput): void {
    const { view } = this.chunks.viewAt(seq);
    this.notes.add({ seq, toSeq: toSeq ?? null, atMs: view.atMs, text });
  }

  #eventAt(seq: number): TraceEvent | undefined {
    return this.chunks.before(seq + 1, 1)[0];
  }

  #noteFrom(fromSeq: number, direction: 'next' | 'previous'): TraceEvent | null {
    const notes = this.notes.all();
    const note = direction === 'next' ? notes.find(({ seq }) => seq > fromSeq)
      : notes.findLast(({ seq }) => seq < fromSeq);
    return note === undefined ? null : this.#eventAt(note.seq) ?? null;
  }

  #search(
    fromSeq: number, direction: 'next' | 'previous', matches: (event: TraceEvent) => boolean,
  ): TraceEvent | null {
    for (let at = fromSeq; ;) {
      const page = direction === 'next' ? this.chunks.after(at, SEARCH_PAGE) : this.chunks.before(at, SEARCH_PAGE);
      const found = direction === 'next' ? page.find(matches) : page.findLast(matches);
      const end = direction === 'next' ? page.at(-1) : page[0];
      if (found !== undefined || end === undefined) return found ?? null;
      at = end.seq;
    }
  }
}

/** What a step by a unit stops at, from an event on. */
function matcherOf(unit: 'event' | 'message' | 'turn' | 'commit', from: TraceEvent | undefined):
(event: TraceEvent) => boolean {
  if (unit === 'turn') {
    return ({ node, turn }) => turn !== undefined && (node !== from?.node || turn !== from.turn);
  }
  return (event) => (kindsOf(event) & KIND_BITS[unit]) !== 0;
}

/** Why operations may be missing after an event: what a node was asked and has not answered is told of by nobody. */
function lossBy({ type, node }: TraceEvent): string | null {
  if (type !== 'nodeCrashed' && type !== 'nodeFailed' && type !== 'nodeAway') return null;
  const happened = type === 'nodeCrashed' ? 'crashed' : type === 'nodeFailed' ? 'failed' : 'was not connected';
  return `${nodeNameOf(node)} ${happened}, and what it was asked last is not recorded`;
}

/** How many events each part of the whole time has, if those of a chunk are spread evenly over its time. */
function densityOf(places: readonly ChunkPlace[]): readonly number[] {
  const density = Array.from({ length: HISTORY_DENSITY_PARTS }, () => 0);
  const fromMs = places[0]?.firstMs ?? 0;
  const partMs = ((places.at(-1)?.lastMs ?? 0) - fromMs) / HISTORY_DENSITY_PARTS;
  for (const { firstMs, lastMs, eventCount } of places) {
    const first = partMs > 0 ? Math.min(HISTORY_DENSITY_PARTS - 1, Math.floor((firstMs - fromMs) / partMs)) : 0;
    const last = partMs > 0 ? Math.min(HISTORY_DENSITY_PARTS - 1, Math.floor((lastMs - fromMs) / partMs)) : 0;
    const each = eventCount / (last - first + 1);
    for (let part = first; part <= last; part += 1) density[part] = (density[part] ?? 0) + each;
  }
  return density.map(Math.round);
}
