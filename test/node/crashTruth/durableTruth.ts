/** What must be true of a node's file after a kill, whatever moment it came at. */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect } from 'vitest';
import { decodeKvEntry, KvStateMachine } from '../../../src/kv/index.ts';
import { NONE } from '../../../src/raft/types.ts';
import type { HardState, Index, NodeId, Term } from '../../../src/raft/types.ts';
import { nodeNameOf } from '../../../src/trace/names.ts';
import { readNotes } from './notes.ts';
import type { Note } from './notes.ts';

interface LogRow {
  readonly idx: Index;
  readonly term: Term;
  readonly data: Buffer;
}

interface DurableState {
  readonly hardState: HardState;
  readonly log: ReadonlyMap<Index, LogRow>;
  /** The index before the log's first entry. */
  readonly compactedIndex: Index;
  readonly snapshotIndex: Index;
  readonly snapshot: KvStateMachine;
}

type Acknowledged = Note & { type: 'acknowledged' };

/** Watches the files of one cluster over many kills, because what may not go back can only be seen over time. */
export class DurableTruth {
  readonly #directory: string;
  readonly #ids: readonly NodeId[];
  readonly #before = new Map<NodeId, HardState>();
  /** The highest index up to which any of the files was seen compacted. */
  compactedIndex: Index = 0;
  /** The bytes of entries in which an acknowledged write was found: to be decoded once, and the same for ever. */
  readonly #bytes = new Map<Index, Buffer>();

  constructor(directory: string, nodeCount: number) {
    this.#directory = directory;
    this.#ids = Array.from({ length: nodeCount }, (_, at) => at + 1);
  }

  /**
   * Reads all files, to which nobody may write at this time, and holds them against the notes.
   * @param nodesIn where the nodes' folders are, if not beside the notes
   */
  check(nodesIn: string = this.#directory): void {
    const notes = readNotes(this.#directory);
    const states = this.#ids.map((id) => {
      const state = readDurableState(join(nodesIn, nodeNameOf(id)));
      const started = notes.some((note) => note.type === 'started' && note.node === id);
      expect(started && state === undefined, `n${id} has started and has no file`).toBe(false);
      if (state !== undefined) {
        this.#checkHardState(id, state.hardState, notes);
        this.#before.set(id, state.hardState);
        this.compactedIndex = Math.max(this.compactedIndex, state.compactedIndex);
      }
      return state;
    });
    const acknowledged = notes.filter((note): note is Acknowledged => note.type === 'acknowledged');
    for (const [at, state] of states.entries()) {
      if (state !== undefined) {
        expect(staleKeys(state, acknowledged), `keys that n${at + 1}'s snapshot has an old value of`).toEqual([]);
      }
    }
    const lost = acknowledged.filter((write) => (
      states.filter((state) => state !== undefined && this.#holds(state, write)).length <= this.#ids.length / 2
    ));
    expect(lost, 'acknowledged writes that no majority holds').toEqual([]);
  }

  #holds({ log, compactedIndex }: DurableState, { index, term, key, value }: Acknowledged): boolean {
    if (index <= compactedIndex) {
      return true; // then its effect is in the snapshot: see staleKeys
    }
    const row = log.get(index);
    if (row?.term !== term) {
      return false;
    }
    const known = this.#bytes.get(index);
    if (known !== undefined) {
      return known.equals(row.data);
    }
    const entry = decodeKvEntry(row.data);
    const command = entry?.kind === 'request' ? entry.command : undefined;
    const isIt = command?.op === 'put' && command.key === key && command.value === value;
    if (isIt) {
      this.#bytes.set(index, row.data);
    }
    return isIt;
  }

  #checkHardState(id: NodeId, now: HardState, notes: readonly Note[]): void {
    const before = this.#before.get(id);
    if (before !== undefined) {
      expect(now.currentTerm, `term of n${id}`).toBeGreaterThanOrEqual(before.currentTerm);
      expect(now.commitIndex, `commit index of n${id}`).toBeGreaterThanOrEqual(before.commitIndex);
      if (before.currentTerm === now.currentTerm && before.votedFor !== NONE) {
        expect(now.votedFor, `vote of n${id} in term ${now.currentTerm}`).toBe(before.votedFor);
      }
    }
    for (const note of notes) {
      if ((note.type === 'term' || note.type === 'vote') && note.node === id) {
        expect(now.currentTerm, `term of n${id} beside what it has said`).toBeGreaterThanOrEqual(note.term);
      }
      if (note.type === 'vote' && note.node === id && note.term === now.currentTerm) {
        expect(now.votedFor, `vote of n${id} beside what it has said`).toBe(note.candidate);
      }
    }
  }
}

/**
 * The keys for which a snapshot has nothing, or the value of a write that another one, acknowledged too and covered by
 * the snapshot, came after.
 */
function staleKeys(
  { snapshot, snapshotIndex }: DurableState, acknowledged: readonly Acknowledged[],
): readonly string[] {
  const newest = new Map<string, Acknowledged>();
  const indexOf = new Map<string, Index>();
  for (const write of acknowledged.filter(({ index }) => index <= snapshotIndex)) {
    indexOf.set(JSON.stringify([write.key, write.value]), write.index);
    if (write.index > (newest.get(write.key)?.index ?? 0)) {
      newest.set(write.key, write);
    }
  }
  return [...newest.values()].flatMap(({ key, index }) => {
    const value = snapshot.get(key);
    const writtenAt = indexOf.get(JSON.stringify([key, value])) ?? Infinity; // one that was never acknowledged
    return value === null || writtenAt < index ? [key] : [];
  });
}

/**
 * Reads a copy of a node's file, so that the node itself has to recover the original. Checks every page, and that the
 * log has no gap.
 * @returns undefined when there is no file, or none with tables yet
 */
export function readDurableState(nodeDirectory: string): DurableState | undefined {
  if (!existsSync(join(nodeDirectory, 'raft.db'))) {
    return undefined;
  }
  const copy = mkdtempSync(join(tmpdir(), 'raftlab-truth-'));
  for (const name of ['raft.db', 'raft.db-wal'].filter((file) => existsSync(join(nodeDirectory, file)))) {
    copyFileSync(join(nodeDirectory, name), join(copy, name));
  }
  const database = new Database(join(copy, 'raft.db'));
  try {
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
    if (database.pragma('user_version', { simple: true }) === 0) {
      return undefined;
    }
    const rows = database.prepare<[], LogRow>('SELECT idx, term, data FROM log ORDER BY idx').all();
    const compactedIndex = database.prepare<[], Index>('SELECT idx FROM compaction').pluck().get() ?? 0;
    expect(rows.every(({ idx }, at) => idx === compactedIndex + 1 + at), 'the log has no gap').toBe(true);
    const hardState = database.prepare<[], HardState>(
      'SELECT current_term AS currentTerm, voted_for AS votedFor, commit_index AS commitIndex FROM hard_state',
    ).get();
    expect(hardState).toBeDefined();
    const { snapshotIndex, snapshot } = readSnapshot(database);
    expect(snapshotIndex).toBeGreaterThanOrEqual(compactedIndex);
    return hardState && {
      hardState, log: new Map(rows.map((row) => [row.idx, row])), compactedIndex, snapshotIndex, snapshot,
    };
  } finally {
    database.close();
    rmSync(copy, { recursive: true, force: true });
  }
}

function readSnapshot(database: Database.Database): Pick<DurableState, 'snapshotIndex' | 'snapshot'> {
  const head = database.prepare<[], { index: Index; sha256: Buffer; contents: number }>(
    'SELECT last_included_index AS "index", sha256, contents FROM snapshot',
  ).get();
  if (head === undefined || head.index === 0) {
    return { snapshotIndex: 0, snapshot: new KvStateMachine() };
  }
  const pieces = database.prepare<[number], Buffer>(
    'SELECT data FROM snapshot_contents WHERE contents = ? ORDER BY offset',
  ).pluck().all(head.contents);
  const bytes = Buffer.concat(pieces);
  expect(createHash('sha256').update(bytes).digest().equals(head.sha256), 'the snapshot is whole').toBe(true);
  return { snapshotIndex: head.index, snapshot: KvStateMachine.restore(bytes) };
}
