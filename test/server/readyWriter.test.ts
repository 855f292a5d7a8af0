/** What of a Ready is written at once, what waits for the next write, and for how long. */
import { expect, test } from 'vitest';
import { MemoryStorage } from '../../src/raft/index.ts';
import type { Entry, HardState, Ready } from '../../src/raft/types.ts';
import type { DurableChange, LogStore } from '../../src/server/logStore.ts';
import { ReadyWriter } from '../../src/server/turn/readyWriter.ts';
import { TestTrace } from './support.ts';

const NOTHING: Ready = {
  softState: undefined, hardState: undefined, entries: [], snapshot: undefined, messagesBeforePersist: [],
  messages: [], committedEntries: [], readStates: [], mustSync: false,
};
const hardState = (commitIndex: number, currentTerm = 1): HardState => ({ currentTerm, votedFor: 0, commitIndex });
const entriesFrom = (first: number, count: number): readonly Entry[] => Array.from({ length: count }, (_, at) => (
  { index: first + at, term: 1, type: 'command', data: new Uint8Array(7) }));

/** A log in memory: a write is done at once, or when the test lets a slow disk finish it. */
class TestStore implements Pick<LogStore, 'lastIndex' | 'write'> {
  readonly #storage = new MemoryStorage();
  isSlow = false;
  #finish: (() => void) | undefined;

  get hardState(): HardState {
    return this.#storage.initialState().hardState;
  }

  lastIndex(): number {
    return this.#storage.lastIndex();
  }

  write(change: DurableChange, written: Parameters<LogStore['write']>[1]): void {
    this.#finish = () => {
      this.#storage.persist(change);
      written({ durationMs: 4, entryBytes: 7 * change.entries.length });
    };
    if (!this.isSlow) this.finish();
  }

  finish(): void {
    const finish = this.#finish ?? expect.unreachable('no write is under way');
    this.#finish = undefined;
    finish();
  }
}

function setUp() {
  const store = new TestStore();
  const trace = new TestTrace();
  const { told } = trace;
  const writer = new ReadyWriter(store, trace);
  /** The names of the calls whose writes are done. */
  const done: string[] = [];
  const note = (call = '') => () => void done.push(call);
  writer.write({ ...NOTHING, hardState: hardState(0), entries: entriesFrom(1, 9), mustSync: true }, 0, note());
  told.length = 0;
  done.length = 0;
  return { store, told, writer, done, note };
}

test('a commit index alone waits, from the first that waits on, and the newest of them is written', () => {
  const { store, told, writer, note } = setUp();
  writer.write({ ...NOTHING, hardState: hardState(1) }, 100, note());
  writer.write({ ...NOTHING, hardState: hardState(2) }, 104, note());
  writer.write(NOTHING, 104, note());
  writer.writeOverdue(104, note());
  expect(told).toEqual([]);
  expect(store.hardState.commitIndex).toBe(0);
  writer.writeOverdue(105, note());
  expect(store.hardState.commitIndex).toBe(2);
  expect(told).toMatchObject([{ type: 'persisted', entryCount: 0, hardStateChanged: true, lastIndex: 9 }]);
  writer.writeOverdue(200, note());
  writer.writeWaiting(note());
  expect(told, 'it is written once').toHaveLength(1);
});

test('whatever has to be written takes along what waits', () => {
  const { store, told, writer, note } = setUp();
  writer.write({ ...NOTHING, hardState: hardState(3) }, 1, note());
  writer.write({ ...NOTHING, entries: entriesFrom(10, 2), mustSync: true }, 2, note());
  expect(store.hardState.commitIndex).toBe(3);
  expect(told).toEqual([
    { type: 'persisted', entryCount: 2, bytes: 14, hardStateChanged: true, lastIndex: 11, durationMs: 4 },
  ]);
  writer.write({ ...NOTHING, entries: entriesFrom(12, 1), mustSync: true }, 3, note());
  expect(told.at(-1)).toMatchObject({ entryCount: 1, hardStateChanged: false });
  writer.write({ ...NOTHING, hardState: hardState(3, 2), mustSync: true }, 4, note());
  expect(store.hardState.currentTerm, 'a term does not wait').toBe(2);
});

test('what waits is written when it is asked for, and a later one waits its own time', () => {
  const { store, told, writer, note } = setUp();
  writer.write({ ...NOTHING, hardState: hardState(1) }, 1, note());
  writer.writeWaiting(note());
  expect(store.hardState.commitIndex).toBe(1);
  writer.write({ ...NOTHING, hardState: hardState(2) }, 50, note());
  writer.writeOverdue(54, note());
  expect(told).toHaveLength(1);
  writer.writeOverdue(55, note());
  expect(told).toHaveLength(2);
});

test('each call hears once that what had to be written is, on a slow disk not before that', () => {
  const { store, told, writer, done, note } = setUp();
  store.isSlow = true;
  writer.write(NOTHING, 1, note('nothing'));
  writer.write({ ...NOTHING, hardState: hardState(1) }, 1, note('commit index'));
  writer.writeOverdue(5, note('not overdue'));
  expect(done.splice(0), 'the disk has nothing to do').toEqual(['nothing', 'commit index', 'not overdue']);
  writer.write({ ...NOTHING, entries: entriesFrom(10, 1), mustSync: true }, 5, note('entry'));
  expect([done, told]).toEqual([[], []]);
  store.finish();
  expect([done.splice(0), told.length]).toEqual([['entry'], 1]);
  writer.write({ ...NOTHING, hardState: hardState(2) }, 6, note('commit index'));
  writer.writeOverdue(11, note('overdue'));
  expect(done.splice(0)).toEqual(['commit index']);
  store.finish();
  writer.writeWaiting(note('nothing waits'));
  expect(done).toEqual(['overdue', 'nothing waits']);
});
