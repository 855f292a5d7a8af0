/**
 * The truth of a node's file: processes are killed with SIGKILL while they write, 100 times, and the disk is made to
 * fail for real. A kill takes everything that a process has in memory, but nothing that it has handed to the operating
 * system: what synchronous=FULL does for a power cut is not tested here, but asserted on each open.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { seededRandom } from '../../src/server/random.ts';
import { DurableTruth, readDurableState } from './crashTruth/durableTruth.ts';
import { mountProblem, Victim } from './crashTruth/victim.ts';
import type { VictimOptions } from './crashTruth/victim.ts';
import type { Index } from '../../src/raft/types.ts';
import { temporaryFolder } from './support.ts';

const PAGE_BYTES = 4096;
/** Clusters that are killed again and again, side by side: 100 kills together. */
const LANES: readonly { readonly nodeCount: number; readonly kills: number }[] = [
  ...Array.from({ length: 6 }, () => ({ nodeCount: 1, kills: 12 })),
  ...Array.from({ length: 2 }, () => ({ nodeCount: 3, kills: 14 })),
];
/** How long a process writes, at most, before it is killed. */
const WRITING_MS_MAX = 120;
/** One kill in so many comes at any moment of the start instead. */
const KILL_AT_START_EVERY = 6;
const STARTING_MS_MAX = 600;

let compileCache = '';

beforeAll(() => {
  compileCache = mkdtempSync(join(tmpdir(), 'raftlab-compiled-'));
  const compile = fileURLToPath(new URL('./crashTruth/compile.ts', import.meta.url));
  execFileSync(process.execPath, [compile], { env: { ...process.env, NODE_COMPILE_CACHE: compileCache } });
});

afterAll(() => {
  rmSync(compileCache, { recursive: true, force: true });
});

type Load = Pick<VictimOptions, 'compaction' | 'valueBytes'>;

/**
 * Kills the processes of one cluster at random moments.
 * @returns how many writes were acknowledged in all, and up to which index a log was seen compacted
 */
async function killAgainAndAgain(
  nodeCount: number, kills: number, seed: number, load: Load = {},
): Promise<{ readonly acknowledged: number; readonly compactedIndex: Index }> {
  const random = seededRandom(seed);
  const directory = temporaryFolder();
  const truth = new DurableTruth(directory, nodeCount);
  let victim: Victim | undefined;
  for (let life = 1; life <= kills; life += 1) {
    victim = new Victim({ directory, nodeCount, life, compileCache, ...load });
    if (random() * KILL_AT_START_EVERY < 1) {
      await delay(random() * STARTING_MS_MAX);
    } else {
      await victim.writes();
      await delay(random() * WRITING_MS_MAX);
    }
    await victim.kill();
    expect(victim.notes('failed')).toEqual([]);
    truth.check();
  }
  return { acknowledged: victim?.notes('acknowledged').length ?? 0, compactedIndex: truth.compactedIndex };
}

test('what was acknowledged is there after each of 100 kills, and term and vote never go back', async () => {
  expect(LANES.reduce((sum, { kills }) => sum + kills, 0)).toBe(100);
  const acknowledged = await Promise.all(
    LANES.map(({ nodeCount, kills }, lane) => killAgainAndAgain(nodeCount, kills, lane + 1)),
  );
  for (const [lane, { acknowledged: count }] of acknowledged.entries()) {
    expect(count, `lane ${lane} has written under the kills`).toBeGreaterThan(LANES[lane]?.kills ?? 0);
  }
}, 300_000);

test('and no less when the log is compacted all the time, and the kills come in the midst of it', async () => {
  // Half a MiB of state and a snapshot every dozen entries: hardly a moment without one that is being taken.
  const load: Load = {
    compaction: { afterEntries: 12, afterBytes: 1024 * 1024, trailingEntries: 4 }, valueBytes: 10_000,
  };
  const outcomes = await Promise.all([
    killAgainAndAgain(1, 8, 101, load), killAgainAndAgain(1, 8, 102, load), killAgainAndAgain(3, 8, 103, load),
  ]);
  for (const [lane, { compactedIndex }] of outcomes.entries()) {
    expect(compactedIndex, `lane ${lane} was compacted`).toBeGreaterThan(20);
  }
}, 300_000);

/** A folder with n1's file as a kill has left it, with writes that were acknowledged. */
async function killedCluster(): Promise<{ readonly directory: string; readonly truth: DurableTruth }> {
  const directory = temporaryFolder();
  const victim = new Victim({ directory, compileCache });
  await victim.writes();
  await victim.kill();
  return { directory, truth: new DurableTruth(directory, 1) };
}

/** Starts the cluster again, in good circumstances: it writes again, and everything is still there. */
async function recovers(directory: string, truth: DurableTruth): Promise<void> {
  const victim = new Victim({ directory, compileCache, life: 9 });
  await victim.writes();
  await victim.kill();
  truth.check();
}

describe('a disk that', () => {
  const problem = mountProblem();
  /** Where this cannot be made for real, node.test.ts and raftStorage.test.ts have it by SQLite's max_page_count. */
  const NEEDS_MOUNTS = `left out: ${problem ?? ''}`;

  test('is full ends the node in words; what it acknowledged is there when it has room again', async ({ skip }) => {
    skip(problem !== undefined, NEEDS_MOUNTS);
    const directory = temporaryFolder();
    const small = join(directory, 'n1');
    const victim = new Victim({
      directory, compileCache, mounts: `mkdir '${small}' && mount -t tmpfs -o size=1m tmpfs '${small}'`,
    });
    const failure = await victim.failure();
    expect(failure.code).toBe('disk-full');
    expect(failure.message).toContain('free some space on it, then restart the node');
    expect(victim.notes('acknowledged').length).toBeGreaterThan(0);
    const truth = new DurableTruth(directory, 1);
    truth.check(victim.seen(directory));

    const roomy = temporaryFolder();
    cpSync(victim.seen(small), join(roomy, 'n1'), { recursive: true });
    await victim.kill();
    const again = new Victim({ directory: roomy, notesDirectory: directory, compileCache, life: 2 });
    await again.writes();
    await again.kill();
    truth.check(roomy);
  });

  test.for([
    ['file', 'raft.db'],
    ['folder', ''],
  ] as const)('has made the %s read-only ends the node in words and changes nothing', async ([, name], { skip }) => {
    skip(problem !== undefined, NEEDS_MOUNTS);
    const { directory, truth } = await killedCluster();
    const path = join(directory, 'n1', name);
    const bytes = readFileSync(join(directory, 'n1', 'raft.db'));
    const mounts = `mount --bind '${path}' '${path}' && mount -o remount,bind,ro '${path}'`;
    const victim = new Victim({ directory, compileCache, life: 2, mounts });
    const failure = await victim.failure();
    await victim.kill();
    expect(failure.code).toBe('disk-error');
    expect(failure.message).toContain('n1 stopped: the folder');
    expect(readFileSync(join(directory, 'n1', 'raft.db')).equals(bytes)).toBe(true);
    await recovers(directory, truth);
  });
});

describe('a file that', () => {
  test('has a corrupt page is set aside, and the node does not come back as itself', async () => {
    const { directory } = await killedCluster();
    const path = join(directory, 'n1', 'raft.db');
    const database = new Database(path);
    database.pragma('wal_checkpoint(TRUNCATE)'); // what is in the write-ahead log would mend the page
    database.close();
    const damaged = readFileSync(path);
    damaged.fill(0xa5, damaged.length - PAGE_BYTES, damaged.length - PAGE_BYTES / 2);
    writeFileSync(path, damaged);

    for (const life of [2, 3]) {
      const victim = new Victim({ directory, compileCache, life });
      const failure = await victim.failure();
      await victim.kill();
      expect(failure.code).toBe('corrupt-file');
      expect(failure.message).toContain('raft.db.corrupt-1');
      expect(existsSync(path)).toBe(false);
    }
    expect(readFileSync(`${path}.corrupt-1`).equals(damaged)).toBe(true);
  });

  test('ends in a torn write is read as if that write had never begun', async () => {
    const { directory } = await killedCluster();
    const before = readDurableState(join(directory, 'n1'));
    const log = join(directory, 'n1', 'raft.db-wal');
    // The power goes while the last page is being written; so that transaction was not acknowledged to anybody.
    truncateSync(log, statSync(log).size - PAGE_BYTES / 2);
    const after = readDurableState(join(directory, 'n1'));
    const kept = [...after?.log.keys() ?? []];
    expect(kept.length).toBeGreaterThan(0);
    expect(kept).toEqual([...before?.log.keys() ?? []].slice(0, kept.length));

    const victim = new Victim({ directory, compileCache, life: 2 });
    await victim.writes();
    await victim.kill();
    expect(victim.notes('failed')).toEqual([]);
  });

  test('another process has is refused, and the other one goes on', async () => {
    const directory = temporaryFolder();
    const first = new Victim({ directory, compileCache });
    await first.writes();
    const second = new Victim({ directory, notesDirectory: temporaryFolder(), compileCache, life: 2 });
    const failure = await second.failure();
    expect(failure.code).toBe('lab-in-use');
    expect(failure.message).toContain('n1 is already running');
    await second.kill();

    const before = first.notes('acknowledged').length;
    await vi.waitUntil(() => first.notes('acknowledged').length > before, { timeout: 90_000 });
    await first.kill();
    const truth = new DurableTruth(directory, 1);
    truth.check();
    await recovers(directory, truth);
  });
});
