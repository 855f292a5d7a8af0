/** The safety properties of Raft Figure 3, checked on all servers of a test cluster after every step. */
import type { Entry, NodeId, Term } from '../../../src/raft/index.ts';
import type { Server } from './cluster.ts';

function same(a: Entry, b: Entry): boolean {
  return (
    a.index === b.index && a.term === b.term && a.type === b.type && Buffer.from(a.data).equals(Buffer.from(b.data))
  );
}

function describeEntry({ index, term, type, data }: Entry): string {
  return `${term}/${index} ${type} "${new TextDecoder().decode(data)}"`;
}

interface ServerLog {
  readonly id: NodeId;
  readonly log: readonly Entry[];
}

export class SafetyViolation extends Error {
  override readonly name = 'SafetyViolation';
}

export class SafetyChecks {
  readonly #seed: number;
  readonly #leaders = new Map<Term, NodeId>();
  /** What any server has applied, by index: it is committed for ever. */
  readonly #committed = new Map<number, Entry>();
  readonly #commitIndex = new Map<NodeId, number>();
  readonly #checkedApplied = new Map<NodeId, number>();
  readonly #hardStates = new Map<NodeId, { readonly term: Term; readonly votedFor: NodeId }>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** A server is gone for good: another may come under its id. */
  forget(id: NodeId): void {
    this.#hardStates.delete(id);
    this.#commitIndex.delete(id);
    this.#checkedApplied.delete(id);
  }

  check(servers: readonly Server[]): void {
    for (const server of servers) {
      this.#electionSafety(server);
      this.#stateMachineSafety(server);
      this.#nothingGoesBack(server);
    }
    for (const server of servers) {
      this.#leaderCompleteness(server);
    }
    this.#logMatching(servers);
  }

  #fail(property: string, message: string): never {
    throw new SafetyViolation(`${property}: ${message} (seed ${this.#seed})`);
  }

  /** At most one leader can be elected in a given term (Raft §5.2). */
  #electionSafety({ id, raft }: Server): void {
    const status = raft?.status();
    if (status?.role !== 'leader') {
      return;
    }
    const other = this.#leaders.get(status.term);
    if (other !== undefined && other !== id) {
      this.#fail('Election Safety', `servers ${other} and ${id} both lead term ${status.term}`);
    }
    this.#leaders.set(status.term, id);
  }

  /** If a server has applied an entry at an index, no other server ever applies a different one there (Raft §5.4.3). */
  #stateMachineSafety({ id, applied, lastApplied }: Server): void {
    for (let index = (this.#checkedApplied.get(id) ?? 0) + 1; index <= lastApplied; index++) {
      const entry = applied.get(index);
      const other = this.#committed.get(index);
      if (entry !== undefined && other !== undefined && !same(entry, other)) {
        this.#fail(
          'State Machine Safety',
          `server ${id} applied ${describeEntry(entry)} where another applied ${describeEntry(other)}`,
        );
      }
      if (entry !== undefined) {
        this.#committed.set(index, entry);
      }
    }
    this.#checkedApplied.set(id, lastApplied);
  }

  /** commitIndex, term and vote never go back (Raft Figure 2). */
  #nothingGoesBack({ id, raft, storage }: Server): void {
    const { currentTerm: term, votedFor } = storage.initialState().hardState;
    const before = this.#hardStates.get(id);
    const now = { term, votedFor };
    const changedVote = term === before?.term && before.votedFor !== 0 && before.votedFor !== votedFor;
    if (before !== undefined && (term < before.term || changedVote)) {
      this.#fail('Hard state', `server ${id} went from ${JSON.stringify(before)} to ${JSON.stringify(now)}`);
    }
    this.#hardStates.set(id, now);
    if (raft === undefined) {
      this.#commitIndex.delete(id); // it may restart from an older one
      return;
    }
    const { commitIndex } = raft.status();
    const previous = this.#commitIndex.get(id) ?? 0;
    if (commitIndex < previous) {
      this.#fail('Commit', `server ${id} went back from ${previous} to ${commitIndex}`);
    }
    this.#commitIndex.set(id, commitIndex);
  }

  /** A committed entry is in the logs of the leaders of all higher terms (Raft §5.4). */
  #leaderCompleteness({ id, raft, storage }: Server): void {
    const status = raft?.status();
    if (status?.role !== 'leader') {
      return;
    }
    for (const [index, entry] of this.#committed) {
      if (entry.term >= status.term || index < storage.firstIndex()) {
        continue;
      }
      if (index > storage.lastIndex() || storage.term(index) !== entry.term) {
        this.#fail('Leader Completeness', `leader ${id} of term ${status.term} lacks ${describeEntry(entry)}`);
      }
    }
  }

  /** If two logs have an entry with the same index and term, they are the same up to there (Raft §5.3). */
  #logMatching(servers: readonly Server[]): void {
    const logs = servers.map((server) => ({ id: server.id, log: server.log() }));
    for (const [position, a] of logs.entries()) {
      for (const b of logs.slice(position + 1)) {
        this.#matching(a, b);
      }
    }
  }

  #matching(a: ServerLog, b: ServerLog): void {
    const first = Math.max(a.log[0]?.index ?? Infinity, b.log[0]?.index ?? Infinity);
    const last = Math.min(a.log.at(-1)?.index ?? 0, b.log.at(-1)?.index ?? 0);
    let matched = false;
    for (let index = last; index >= first; index--) {
      const [x, y] = [a.log[index - (a.log[0]?.index ?? 0)], b.log[index - (b.log[0]?.index ?? 0)]];
      if (x === undefined || y === undefined) {
        continue;
      }
      matched ||= x.term === y.term;
      if (matched && !same(x, y)) {
        this.#fail(
          'Log Matching',
          `server ${a.id} has ${describeEntry(x)} where server ${b.id} has ${describeEntry(y)}`,
        );
      }
    }
  }
}
