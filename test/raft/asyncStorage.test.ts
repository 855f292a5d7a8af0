/** Asynchronous storage writes (dissertation §10.2.1): the log is written and applied beside the rest, in order. */
import { describe, expect, it } from 'vitest';
import {
  configurationOf,
  isForThreads,
  MemoryStorage,
  type Message,
  RaftNode,
  type Ready,
  type StorageAppend,
  type StorageApply,
} from '../../src/raft/index.ts';
import { text } from './support/cluster.ts';

/** A node whose storage threads work when told to. */
class AsyncServer {
  readonly storage: MemoryStorage;
  readonly node: RaftNode;
  readonly appendWork: StorageAppend[] = [];
  readonly applyWork: StorageApply[] = [];
  readonly sent: Message[] = [];
  readonly applied: number[] = [];

  constructor(id: number, voters: readonly number[]) {
    this.storage = new MemoryStorage(configurationOf(voters));
    this.node = new RaftNode({
      id,
      storage: this.storage,
      electionTimeoutTicks: 10,
      heartbeatTicks: 1,
      randomizedElectionTimeout: (ticks) => ticks,
      preVote: false,
      checkQuorum: false,
      scripted: { asyncStorageWrites: true },
    });
  }

  /** Takes what is ready, and queues its writes. */
  handle(): Ready[] {
    const readies: Ready[] = [];
    while (this.node.hasReady()) {
      const ready = this.node.ready();
      readies.push(ready);
      this.sent.push(...ready.messagesBeforePersist, ...ready.messages);
      if (!isForThreads(ready)) {
        throw new Error('a Ready without work for the threads');
      }
      this.appendWork.push(...(ready.storageAppend ? [ready.storageAppend] : []));
      this.applyWork.push(...(ready.storageApply ? [ready.storageApply] : []));
    }
    return readies;
  }

  /** Does one write, and delivers its responses. */
  append(): void {
    const work = this.appendWork.shift();
    if (work === undefined) {
      throw new Error('nothing to write');
    }
    this.storage.persist(work);
    for (const response of work.responses) {
      if ('to' in response && response.to !== this.node.id) {
        this.sent.push(response);
      } else {
        this.node.step(response);
      }
    }
    this.handle();
  }

  apply(): void {
    const work = this.applyWork.shift();
    work?.entries.forEach(({ index }) => this.applied.push(index));
    work?.responses.forEach((response) => this.node.step(response));
    this.handle();
  }

  takeSent(): Message[] {
    return this.sent.splice(0);
  }
}

/** A leader of three whose no-op everybody has written and it has applied. */
function leader(): AsyncServer {
  const server = new AsyncServer(1, [1, 2, 3]);
  server.node.campaign();
  server.handle();
  server.append();
  const vote = { type: 'RequestVoteResponse', voteGranted: true, commitIndex: 0, commitTerm: 0 } as const;
  server.node.step({ ...vote, from: 2, to: 1, term: 1 });
  server.handle();
  server.append();
  server.node.step(acknowledgement(1));
  server.node.step(acknowledgement(1, 3));
  server.handle();
  server.append(); // commitIndex 1
  server.apply();
  server.takeSent();
  return server;
}

const acknowledgement = (matchIndex: number, from = 2): Message => ({
  type: 'AppendEntriesResponse',
  from,
  to: 1,
  term: 1,
  rejected: false,
  matchIndex,
});

describe('§10.2.1 writing beside the sends', () => {
  it('vote requests leave with the write of the own vote, which counts only then', () => {
    const server = new AsyncServer(1, [1, 2, 3]);
    server.node.campaign();
    server.handle();
    expect(server.takeSent()).toEqual([]);
    server.append();
    expect(server.takeSent().map(({ type, to }) => [type, to])).toEqual([
      ['RequestVote', 2],
      ['RequestVote', 3],
    ]);
  });

  it('several writes may be under way; entries count as they are done', () => {
    const server = leader();
    server.node.propose(text('a'));
    server.handle();
    server.node.propose(text('b'));
    server.handle();
    expect(server.takeSent().map(({ type }) => type)).toEqual(Array<string>(4).fill('AppendEntries'));
    expect(server.appendWork).toHaveLength(2);
    server.node.step(acknowledgement(3));
    server.handle();
    expect(server.node.status().commitIndex).toBe(1);
    server.append();
    expect(server.node.status().commitIndex).toBe(2);
    server.append();
    expect(server.node.status().commitIndex).toBe(3);
  });

  it('what a majority has is committed even while the leader still writes, but applied only after its write', () => {
    const server = leader();
    server.node.propose(text('a'));
    server.handle();
    server.node.step(acknowledgement(2));
    server.node.step(acknowledgement(2, 3));
    server.handle();
    expect(server.node.status().commitIndex).toBe(2);
    expect(server.applyWork).toEqual([]);
    server.append();
    server.apply();
    expect(server.applied).toEqual([1, 2]);
    expect(server.node.status().lastApplied).toBe(2);
  });

  it('advance has no place there', () => {
    const server = leader();
    expect(() => {
      server.node.advance();
    }).toThrow(/no place/);
  });

  it('a write that ends after the term changed does not mark what replaced it as written (ABA)', () => {
    const server = new AsyncServer(2, [1, 2, 3]);
    const entries = (term: number) => [{ term, index: 1, type: 'command', data: text(`of term ${term}`) }] as const;
    const append = (from: number, term: number, entryTerm: number): void => {
      server.node.step({
        type: 'AppendEntries',
        from,
        to: 2,
        term,
        prevLogIndex: 0,
        prevLogTerm: 0,
        entries: entries(entryTerm),
        leaderCommit: 0,
      });
      server.handle();
    };
    append(1, 1, 1); // A's entry,
    append(3, 2, 2); // overwritten by C's,
    append(1, 3, 1); // and A's again, under a newer term
    expect(server.appendWork).toHaveLength(3);
    server.append();
    // The storage now holds A's entry, but C's is about to overwrite it: the log must not be read from there yet.
    server.append();
    expect(server.storage.term(1)).toBe(2);
    expect(server.node.status().lastTerm).toBe(1);
    server.append();
    expect(server.storage.term(1)).toBe(1);
    expect(server.node.status()).toMatchObject({ lastIndex: 1, lastTerm: 1 });
  });

  it('a snapshot is installed by the storage thread, and only then is anything after it applied', () => {
    const server = new AsyncServer(2, [1, 2, 3]);
    const configuration = configurationOf([1, 2, 3]);
    const snapshot = { lastIncludedIndex: 5, lastIncludedTerm: 1, configuration, data: text('state') };
    server.node.step({ type: 'InstallSnapshot', from: 1, to: 2, term: 1, snapshot });
    server.node.step({
      type: 'AppendEntries',
      from: 1,
      to: 2,
      term: 1,
      prevLogIndex: 5,
      prevLogTerm: 1,
      entries: [{ term: 1, index: 6, type: 'command', data: text('x') }],
      leaderCommit: 6,
    });
    server.handle();
    expect(server.applyWork).toEqual([]);
    expect(server.node.status()).toMatchObject({ commitIndex: 6, lastApplied: 0 });
    server.append();
    server.apply();
    expect(server.applied).toEqual([6]);
    expect(server.node.status()).toMatchObject({ lastApplied: 6, firstIndex: 6 });
  });
});

describe('the other order of calls', () => {
  it('ready and advance take turns', () => {
    const node = new RaftNode({
      id: 1,
      storage: new MemoryStorage(configurationOf([1])),
      electionTimeoutTicks: 10,
      heartbeatTicks: 1,
      randomizedElectionTimeout: (ticks) => ticks,
    });
    expect(() => {
      node.advance();
    }).toThrow(/without a ready/);
    node.campaign();
    node.ready();
    expect(() => node.ready()).toThrow(/again before advance/);
  });
});
