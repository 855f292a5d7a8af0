/** Bugs that a server could have above the core: each replaces a piece of one source file. The simulator finds it. */

export interface Mutation {
  readonly name: string;
  /** Under `src/`. */
  readonly file: string;
  /** Stands in the file once. */
  readonly find: string;
  readonly replace: string;
  /** What goes wrong then. */
  readonly why: string;
}

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'sessions are left out of a snapshot',
    file: 'kv/snapshot.ts',
    find: `  for (const session of contents.sessions) {
    sessionCount += 1;`,
    replace: `  for (const session of contents.sessions) {
    if (session.session > 0) continue;
    sessionCount += 1;`,
    why: 'a retry after a restart takes effect again, or finds no session (dissertation §6.3)',
  },
  {
    name: 'a piece of another snapshot is accepted into the one under way',
    file: 'server/snapshots/snapshotReceiver.ts',
    find: 'const isUnderWay = incoming !== undefined && isSameSnapshot(incoming, chunk.snapshot);',
    replace: 'const isUnderWay = incoming !== undefined;',
    why: 'the snapshot is put together from two, as by a leader that takes a newer one meanwhile',
  },
  {
    name: 'a piece is taken although the one before it is missing',
    file: 'server/snapshots/snapshotReceiver.ts',
    find: 'if (offset <= receivedBytes && offset + data.length > receivedBytes) {',
    replace: 'if (offset + data.length > receivedBytes) {',
    why: 'the snapshot lacks what was in the lost piece',
  },
  {
    name: 'a fragment of an earlier message is accepted into a later one',
    file: 'wire/fragmentReceiver.ts',
    find: 'return boot === this.boot && message === this.message;',
    replace: 'return boot <= this.boot;',
    why: 'the message is put together from two',
  },
  {
    name: 'the log is compacted one entry beyond what its snapshot covers',
    file: 'server/snapshots/compaction.ts',
    find: 'this.#discarding = { toIndex, settled',
    replace: 'this.#discarding = { toIndex: toIndex + 1, settled',
    why: 'the entry is in no snapshot and in no log',
  },
  {
    name: 'a retry has a number of its own',
    file: 'server/clients/loggedRequests.ts',
    find: `if (logged.proposal === undefined) {
      logged.sequence = session.nextSequence;`,
    replace: `if (logged.proposal === undefined || logged.proposal.tries.count > 0) {
      logged.sequence = session.nextSequence;`,
    why: 'the command takes effect twice (dissertation §6.3)',
  },
  {
    name: 'answers to the leader leave before the entries are synced',
    file: 'server/turn/turn.ts',
    find: `        this.#send(ready.messagesBeforePersist);
        yield* this.#persist(ready);
        observer?.onPersisted(ready);
        this.#send(ready.messages);
`,
    replace: `        this.#send(ready.messagesBeforePersist);
        this.#send(ready.messages);
        yield* this.#persist(ready);
        observer?.onPersisted(ready);
`,
    why: 'a leader commits what a crash still takes from a majority (dissertation §3.8)',
  },
  {
    name: 'a commit index is told before its entry is synced',
    file: 'server/turn/readyWriter.ts',
    find: 'this.#commit({ hardState: this.#waiting, entries, snapshot }, written);',
    replace: `written();
      this.#commit({ hardState: this.#waiting, entries, snapshot }, () => undefined);`,
    why: 'a leader counts its own copy, and tells of commits that a crash undoes (dissertation §10.2.1)',
  },
  {
    name: 'an answer is given for another client’s entry',
    file: 'server/clients/proposal.ts',
    find: 'const TELLING_BYTES = 160;',
    replace: 'const TELLING_BYTES = 9;',
    why: 'the client is told the result of a command that it did not give',
  },
  {
    name: 'a read is answered before its read index is applied',
    file: 'server/clients/readRequests.ts',
    find: 'if (confirmed.readIndex <= lastApplied) {',
    replace: 'if (confirmed.readIndex <= lastApplied + 1) {',
    why: 'it does not see what was committed when it was asked for (dissertation §6.4)',
  },
  {
    name: 'a command that was proposed once counts as never sent',
    file: 'server/clients/clientRequests.ts',
    find: 'wasProposed: tries > 0,',
    replace: 'wasProposed: tries > 1,',
    why: 'the client is told that it never takes effect, and then it does',
  },
  {
    name: 'what was overwritten here counts as overwritten everywhere',
    file: 'server/clients/undecidedRequests.ts',
    find: 'if (last !== undefined && places.length >= tries && places.every((place) => place.term < term)) {',
    replace: 'if (last !== undefined && places.some((place) => place.term < term)) {',
    why: 'another copy of the command may still be committed (docs/decisions/0083)',
  },
];
