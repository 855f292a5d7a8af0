/** Reads under a shared read index: none is answered under one that was asked for before it (dissertation §6.4). */
import { beforeEach, describe, expect, test } from 'vitest';
import type { KnownLeaders } from '../../../src/server/clients/knownLeaders.ts';
import type { PendingRequest } from '../../../src/server/clients/pendingRequest.ts';
import { ReadRequests } from '../../../src/server/clients/readRequests.ts';
import type { ConfirmedRead } from '../../../src/server/clients/readRequests.ts';
import { NONE } from '../../../src/raft/index.ts';
import { TestClock } from '../support.ts';
import { get, leaderIs, pendingOf } from './support.ts';

/** A node's reads, and a core that is asked for read indexes and answers when the test says so. */
class Reads {
  readonly leaders: KnownLeaders;
  readonly requests: ReadRequests;
  readonly asked: { readonly context: Uint8Array; readonly needsRound: boolean | undefined }[] = [];
  readonly forwarded: { readonly read: PendingRequest; readonly to: number }[] = [];
  readonly readable: { readonly read: PendingRequest; readonly confirmed: ConfirmedRead }[] = [];
  canAsk = true;

  constructor({ leader = 2, boot = 1, lastApplied = 0 } = {}) {
    this.leaders = leaderIs(leader);
    this.requests = new ReadRequests(this.leaders, lastApplied, {
      id: 1,
      boot,
      clock: new TestClock(),
      raft: {
        readIndex: (context, needsRound) => {
          this.asked.push({ context, needsRound });
          return this.canAsk;
        },
      },
      onForwarded: (read, to) => this.forwarded.push({ read, to }),
      onReadable: (read, confirmed) => {
        this.readable.push({ read, confirmed });
        this.requests.remove(read); // as whoever answers it does
      },
    });
  }

  /** A new read, asked for at once where there is room for its batch. */
  read(needsRound = true): PendingRequest {
    const pending = pendingOf(get('k'));
    this.requests.add(pending, needsRound);
    this.requests.ask();
    return pending;
  }

  /** The core answers what it was asked as its `number`-th question. */
  confirm(number: number, readIndex: number): void {
    const context = this.asked[number - 1]?.context ?? new Uint8Array();
    this.requests.onReadStates([{ context, readIndex, confirmedBy: 'round' }]);
  }

  tick(count: number): void {
    for (let at = 0; at < count; at += 1) {
      this.requests.tick();
      this.requests.ask();
    }
  }

  get readableReads(): PendingRequest[] {
    return this.readable.map(({ read }) => read);
  }
}

let reads: Reads;
beforeEach(() => {
  reads = new Reads();
});

describe('batches', () => {
  test('reads that come in before the index is asked for share it; those that need a round share another', () => {
    const [a, b, c] = [pendingOf(get('a')), pendingOf(get('b')), pendingOf(get('c'))];
    reads.requests.add(a, true);
    reads.requests.add(b, false);
    reads.requests.add(c, true);
    reads.requests.ask();
    expect(reads.asked.map(({ needsRound }) => needsRound)).toEqual([true, false]);
    reads.confirm(1, 0);
    expect(reads.readableReads).toEqual([a, c]);
    expect(reads.readable[0]?.confirmed)
      .toMatchObject({ readIndex: 0, confirmedBy: 'round', leader: 2, tries: 1, batchSize: 2 });
    reads.confirm(2, 0);
    expect(reads.readableReads).toEqual([a, c, b]);
  });

  test('a read that comes while four are out joins none of them: its index is asked for after it has come', () => {
    const four = [reads.read(), reads.read(), reads.read(), reads.read()];
    const [fifth, sixth] = [reads.read(), reads.read()];
    expect(reads.asked).toHaveLength(4);
    for (const number of [1, 2, 3, 4]) {
      reads.confirm(number, 0);
    }
    expect(reads.readableReads).toEqual(four);
    reads.requests.ask();
    expect(reads.asked).toHaveLength(5);
    expect(reads.readableReads).toEqual(four);
    reads.confirm(5, 0);
    expect(reads.readableReads).toEqual([...four, fifth, sixth]);
  });

  test('a batch has room again as soon as an index is known, whatever is applied', () => {
    for (let count = 1; count <= 5; count += 1) {
      reads.read();
    }
    reads.confirm(3, 99);
    reads.requests.ask();
    expect(reads.asked).toHaveLength(5);
    expect(reads.readable).toEqual([]);
  });

  test('a batch whose reads are all given up makes room, and what it was asked under is not waited for', () => {
    const [a, b] = [pendingOf(get('a')), pendingOf(get('b'))];
    reads.requests.add(a, true);
    reads.requests.add(b, true);
    reads.requests.ask();
    for (let count = 1; count <= 4; count += 1) {
      reads.read();
    }
    reads.requests.remove(a);
    reads.requests.ask();
    expect(reads.asked, 'b is still waiting').toHaveLength(4);
    reads.requests.remove(b);
    reads.requests.ask();
    expect(reads.asked).toHaveLength(5);
    reads.confirm(1, 0);
    expect(reads.readable).toEqual([]);
  });

  test('a read that is given up before its index is asked for is not asked for', () => {
    for (const needsRound of [true, false]) {
      const pending = pendingOf(get('k'));
      reads.requests.add(pending, needsRound);
      reads.requests.remove(pending);
    }
    reads.requests.ask();
    expect(reads.asked).toEqual([]);
  });
});

describe('a confirmed read', () => {
  test('is readable when the state machine has applied its index', () => {
    const pending = reads.read();
    reads.requests.onApplied(6);
    reads.confirm(1, 7);
    expect(reads.readable).toEqual([]);
    reads.requests.onApplied(7);
    expect(reads.readableReads).toEqual([pending]);
    reads.requests.onApplied(8);
    reads.confirm(1, 7);
    expect(reads.readable).toHaveLength(1);
  });

  test('is readable at once where that was applied before the node started', () => {
    reads = new Reads({ lastApplied: 7 });
    reads.read();
    reads.confirm(1, 7);
    expect(reads.readable).toHaveLength(1);
  });

  test('that is given up while it waits for the state machine is not answered', () => {
    const pending = reads.read();
    reads.confirm(1, 7);
    reads.requests.remove(pending);
    reads.requests.onApplied(7);
    expect(reads.readable).toEqual([]);
  });
});

describe('tries', () => {
  test('the answer to any of a batch’s questions will do, and the later one is passed over', () => {
    const pending = reads.read();
    reads.tick(9);
    expect(reads.asked).toHaveLength(1);
    reads.tick(1);
    expect(reads.asked).toHaveLength(2);
    expect(reads.asked[1]?.context).not.toEqual(reads.asked[0]?.context);
    reads.confirm(1, 3);
    reads.confirm(2, 0);
    expect(reads.readable, 'the answer that came first counts').toEqual([]);
    reads.requests.onApplied(3);
    expect(reads.readable).toMatchObject([{ read: pending, confirmed: { readIndex: 3, tries: 2 } }]);
  });

  test('without a leader nothing is asked; a new leader is asked at once', () => {
    reads.leaders.note(NONE, 1);
    const pending = reads.read();
    expect(reads.asked).toEqual([]);
    reads.leaders.note(3, 2);
    reads.requests.ask();
    reads.leaders.note(4, 3);
    reads.requests.ask();
    expect(reads.forwarded).toEqual([{ read: pending, to: 3 }, { read: pending, to: 4 }]);
    reads.confirm(2, 0);
    expect(reads.readable[0]?.confirmed).toMatchObject({ leader: 4, tries: 2 });
  });

  test('a leader’s own reads are not forwarded', () => {
    reads = new Reads({ leader: 1 });
    reads.read();
    expect([reads.asked.length, reads.forwarded]).toEqual([1, []]);
  });

  test('what the core does not take was no try: it is asked again at once, and an answer to it is none', () => {
    reads.canAsk = false;
    reads.read();
    expect(reads.forwarded).toEqual([]);
    reads.canAsk = true;
    reads.requests.ask();
    expect(reads.asked).toHaveLength(2);
    reads.confirm(1, 0);
    expect(reads.readable).toEqual([]);
    reads.confirm(2, 0);
    expect(reads.readable[0]?.confirmed).toMatchObject({ tries: 1 });
  });

  test('an answer to an earlier boot confirms nothing', () => {
    reads.read();
    const after = new Reads({ boot: 2 });
    after.read();
    for (const { context } of reads.asked) {
      after.requests.onReadStates([{ context, readIndex: 0, confirmedBy: 'round' }]);
    }
    expect(after.readable).toEqual([]);
    after.confirm(1, 0);
    expect(after.readable).toHaveLength(1);
  });
});
