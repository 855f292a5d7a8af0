/** The checks of what clients are told, by themselves: what each lets pass, and what each takes for broken. */
import { beforeEach, expect, it } from 'vitest';
import type { KvAnswer } from '../../src/contract/answers.ts';
import { encodeKvEntry, KvStateMachine } from '../../src/kv/index.ts';
import type { KvCommand, KvResult } from '../../src/kv/index.ts';
import { configurationOf, type Entry } from '../../src/raft/index.ts';
import type { SnapshotHead } from '../../src/server/logStore.ts';
import { AnswersMatchTheLog } from '../../src/sim/checks/answersMatchTheLog.ts';
import { CommandsTakeEffectOnce } from '../../src/sim/checks/commandsTakeEffectOnce.ts';
import { MachinesAreTheSame } from '../../src/sim/checks/machinesAreTheSame.ts';
import { NothingIsMalformed } from '../../src/sim/checks/nothingIsMalformed.ts';
import type { ObservedServer } from '../../src/sim/checks/observer.ts';
import { ReferenceMachine } from '../../src/sim/checks/referenceMachine.ts';
import { RefusalsAreTrue } from '../../src/sim/checks/refusalsAreTrue.ts';
import { SnapshotsAreTheSame } from '../../src/sim/checks/snapshotsAreTheSame.ts';
import { SimulatedDisk } from '../../src/sim/disk.ts';

const put: KvCommand = { op: 'put', key: 'k1', value: 'c1.1' };
const WRITTEN: KvResult = { type: 'written', previous: null };
const log: readonly Entry[] = [
  entryOf(2, encodeKvEntry({ kind: 'register', client: 'c1', request: '1' })),
  requestOf(3, 1, put),
];

function entryOf(index: number, data: Uint8Array): Entry {
  return { index, term: 1, type: 'command', data };
}

function requestOf(index: number, sequence: number, command: KvCommand): Entry {
  return entryOf(index, encodeKvEntry({
    kind: 'request', client: 'c1', session: 2, sequence, acknowledgedBelow: 1, command,
  }));
}

function serverWith(entries: readonly Entry[]): ObservedServer {
  const machine = new KvStateMachine();
  for (const { index, data } of entries) machine.apply(index, data);
  return { id: 1, role: 'leader', disk: new SimulatedDisk(configurationOf([1])), machine };
}

function answerOf(result: KvResult, index: number, term = 1): KvAnswer {
  return {
    result, index, term, leader: 'n1', route: ['n1'], hops: 0, tries: 1,
    timing: { totalMs: 1, appendedMs: null, committedMs: null },
  };
}

const server = serverWith(log);
let reference: ReferenceMachine;
beforeEach(() => {
  reference = new ReferenceMachine(1);
  for (const entry of log) reference.onApply(server, entry);
});

it('entries are applied first in the order of the log', () => {
  expect(() => reference.onApply(server, requestOf(5, 2, put))).toThrow('nobody has applied entry 4');
});

it.each<[string, KvCommand, KvAnswer, RegExp | undefined]>([
  ['its own entry and result', put, answerOf(WRITTEN, 3), undefined],
  ['the entry of another command', { ...put, value: 'c1.2' }, answerOf(WRITTEN, 3), /which is/],
  ['an entry of another term', put, answerOf(WRITTEN, 3, 2), /of term 2, which is/],
  ['an entry that nobody has', put, answerOf(WRITTEN, 4), /which is no command/],
  ['another result', put, answerOf({ type: 'written', previous: 'x' }, 3), /the log gives/],
  ['a value', { op: 'get', key: 'k1' }, answerOf({ type: 'value', value: 'c1.1' }, 3), undefined],
  ['what was there before', { op: 'get', key: 'k1' }, answerOf({ type: 'value', value: null }, 2), undefined],
  ['an old value', { op: 'get', key: 'k1' }, answerOf({ type: 'value', value: null }, 3), /the log gives/],
  ['a value from beyond the log', { op: 'get', key: 'k1' }, answerOf({ type: 'value', value: null }, 4), /nobody has/],
])('an answer with %s', (_what, command, answer, problem) => {
  const check = new AnswersMatchTheLog(reference);
  check.onAsked(1, { client: 'c1', command, timeoutMs: 1 });
  const tell = () => check.onAnswered(server, 1, answer);
  if (problem !== undefined) {
    expect(tell).toThrow(problem);
  } else {
    tell();
    expect(tell, 'answered once').toThrow('a second time');
  }
});

it('a command takes effect once, however often it is in the log', () => {
  const check = new CommandsTakeEffectOnce(reference);
  const again = requestOf(4, 1, put);
  const anew = requestOf(5, 2, put);
  reference.onApply(server, again);
  check.onApply(server, again);
  reference.onApply(server, anew);
  expect(() => check.onApply(server, anew)).toThrow('at each of the indexes 3, 5');
});

it('what is in no log never gets there, and what was decided is so', () => {
  const later: KvCommand = { ...put, value: 'c1.2' };
  const check = new RefusalsAreTrue(reference);
  [put, later, later, put].forEach((command, at) => check.onAsked(at + 1, { client: 'c1', command, timeoutMs: 1 }));
  check.onRefused(server, 4, { code: 'unknown-outcome', message: '' });
  check.onDecided(server, 4, true);
  expect(() => check.onRefused(server, 1, { code: 'no-leader', message: '' })).toThrow('and it is entry 3');
  expect(() => check.onDecided(server, 3, true)).toThrow('and it was not');
  check.onDecided(server, 2, false);
  const entry = requestOf(4, 2, later);
  reference.onApply(server, entry);
  expect(() => check.onApply(server, entry)).toThrow('and it is entry 4');
});

it('in the end data and sessions are the same', () => {
  const check = new MachinesAreTheSame(reference);
  check.onEnd([server]);
  expect(() => check.onEnd([serverWith(log.slice(0, 1))])).toThrow('the data');
  const elsewhere = [entryOf(2, encodeKvEntry({ kind: 'register', client: 'c1', request: '2' })), requestOf(3, 1, put)];
  expect(() => check.onEnd([serverWith(elsewhere)])).toThrow('the sessions');
});

it('snapshots are what the log gives, whoever takes them, and in pieces', () => {
  const check = new SnapshotsAreTheSame(new ReferenceMachine(1));
  const later = new SnapshotsAreTheSame(reference);
  const data = server.machine?.snapshot() ?? new Uint8Array();
  const head: SnapshotHead = {
    lastIncludedIndex: 3, lastIncludedTerm: 1, configuration: configurationOf([1]), bytes: data.length,
    sha256: new Uint8Array(32),
  };
  const damaged = data.with(9, (data[9] ?? 0) ^ 1);
  check.onSnapshot(server, head, data);
  expect(() => check.onSnapshot(server, head, damaged)).toThrow('not what the log gives');
  expect(() => check.onSnapshot(server, { ...head, lastIncludedTerm: 2 }, data)).toThrow('not what the log gives');
  check.onReceived(server, head, 5, data.subarray(5, 12));
  expect(() => check.onReceived(server, head, 5, damaged.subarray(5, 12))).toThrow('is not in it');
  expect(() => later.onSnapshot(server, { ...head, lastIncludedIndex: 2 }, data), 'nobody else has one')
    .toThrow('not what the log gives');
});

it('nothing is malformed', () => {
  const check = new NothingIsMalformed();
  const counters = {
    sent: 1, received: 1, bytesSent: 1, bytesReceived: 1, retransmitted: 1, dropped: { duplicate: 1 },
  };
  check.onReport(server, { type: 'counters', counters });
  expect(() => check.onReport(server, { type: 'counters', counters: { ...counters, dropped: { malformed: 2 } } }))
    .toThrow('refused 2 messages');
});
