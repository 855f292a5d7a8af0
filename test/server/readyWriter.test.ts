/** What of a Ready is written at once, what waits for the next write, and for how long. */
import { expect, onTestFinished, test } from 'vitest';
import type { NodeTraceBody } from '../../src/node/protocol.ts';
import { ReadyWriter } from '../../src/server/turn/readyWriter.ts';
import { RaftStorage } from '../../src/node/storage/raftStorage.ts';
import type { HardState, Ready } from '../../src/raft/types.ts';
import { entriesFrom, optionsFor, temporaryFolder } from '../node/storage/support.ts';

const NOTHING: Ready = {
  softState: undefined, hardState: undefined, entries: [], snapshot: undefined, messagesBeforePersist: [],
  messages: [], committedEntries: [], readStates: [], mustSync: false,
};
const hardState = (commitIndex: number, currentTerm = 1): HardState => ({ currentTerm, votedFor: 0, commitIndex });

function setUp() {
  const storage = RaftStorage.open(optionsFor(temporaryFolder()));
  onTestFinished(() => storage.close());
  const told: NodeTraceBody[] = [];
  const writer = new ReadyWriter(storage, (event) => told.push(event));
  writer.write({ ...NOTHING, hardState: hardState(0), entries: entriesFrom(1, 9, 1), mustSync: true }, 0);
  told.length = 0;
  return { storage, told, writer };
}

test('a commit index alone waits, from the first that waits on, and the newest of them is written', () => {
  const { storage, told, writer } = setUp();
  writer.write({ ...NOTHING, hardState: hardState(1) }, 100);
  writer.write({ ...NOTHING, hardState: hardState(2) }, 104);
  writer.write(NOTHING, 104);
  writer.writeOverdue(104);
  expect(told).toEqual([]);
  expect(storage.hardState.commitIndex).toBe(0);
  writer.writeOverdue(105);
  expect(storage.hardState.commitIndex).toBe(2);
  expect(told).toMatchObject([{ type: 'persisted', entryCount: 0, hardStateChanged: true, lastIndex: 9 }]);
  writer.writeOverdue(200);
  writer.writeWaiting();
  expect(told, 'it is written once').toHaveLength(1);
});

test('whatever has to be written takes along what waits', () => {
  const { storage, told, writer } = setUp();
  writer.write({ ...NOTHING, hardState: hardState(3) }, 1);
  writer.write({ ...NOTHING, entries: entriesFrom(10, 2, 1), mustSync: true }, 2);
  expect(storage.hardState.commitIndex).toBe(3);
  expect(told).toMatchObject([{ entryCount: 2, hardStateChanged: true, lastIndex: 11 }]);
  writer.write({ ...NOTHING, entries: entriesFrom(12, 1, 1), mustSync: true }, 3);
  expect(told.at(-1)).toMatchObject({ entryCount: 1, hardStateChanged: false });
  writer.write({ ...NOTHING, hardState: hardState(3, 2), mustSync: true }, 4);
  expect(storage.hardState.currentTerm, 'a term does not wait').toBe(2);
});

test('what waits is written when it is asked for, and a later one waits its own time', () => {
  const { storage, told, writer } = setUp();
  writer.write({ ...NOTHING, hardState: hardState(1) }, 1);
  writer.writeWaiting();
  expect(storage.hardState.commitIndex).toBe(1);
  writer.write({ ...NOTHING, hardState: hardState(2) }, 50);
  writer.writeOverdue(54);
  expect(told).toHaveLength(1);
  writer.writeOverdue(55);
  expect(told).toHaveLength(2);
});
