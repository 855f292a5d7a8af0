/** The simulated disk: what a crash leaves of a write, and what an unreadable one does to its server. */
import { describe, expect, it } from 'vitest';
import { configurationOf, type Entry } from '../../src/raft/index.ts';
import { SimulatedDisk, TornWriteError } from '../../src/sim/disk.ts';

const entry: Entry = { index: 1, term: 1, type: 'no-op', data: new Uint8Array() };
const write = { hardState: { currentTerm: 1, votedFor: 2, commitIndex: 0 }, entries: [entry], snapshot: undefined };

function writing(): SimulatedDisk {
  const disk = new SimulatedDisk(configurationOf([1, 2, 3]));
  disk.begin(write);
  return disk;
}

describe('a simulated disk', () => {
  it('has nothing of a write before it is done, and all of it then', () => {
    const disk = writing();
    expect(disk.hardState.votedFor).toBe(0);
    expect(disk.has(1, 1)).toBe(false);
    disk.finish();
    expect(disk.hardState.votedFor).toBe(2);
    expect(disk.has(1, 1)).toBe(true);
  });

  it('loses the write under way in a crash, or finds it complete', () => {
    const lost = writing();
    expect(lost.crash('lost')).toBeUndefined();
    expect(lost.open().lastIndex()).toBe(0);
    const completed = writing();
    expect(completed.crash('completed')).toEqual(write);
    expect(completed.open().lastIndex()).toBe(1);
  });

  it('refuses to open after a torn write', () => {
    const disk = writing();
    disk.crash('torn');
    expect(() => disk.open()).toThrow(TornWriteError);
  });

  it('cannot tear what was not being written', () => {
    const disk = writing();
    disk.finish();
    disk.crash('torn');
    expect(disk.open().lastIndex()).toBe(1);
  });

  it('takes no write while it is full', () => {
    const disk = new SimulatedDisk(configurationOf([1]));
    disk.isFull = true;
    expect(disk.begin(write)).toBe(false);
    expect(disk.isWriting).toBe(false);
  });
});
