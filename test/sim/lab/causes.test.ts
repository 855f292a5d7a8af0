/** What events tell of how they came about, in a whole cluster: each cause is one that can have caused it. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { EventCause, TraceEvent } from '../../../src/trace/events.ts';
import { LabInHand } from './labInHand.ts';

let events: readonly TraceEvent[];

beforeAll(async () => {
  const lab = LabInHand.make({ nodeCount: 3, pace: 'fast' });
  await lab.runFor(2000);
  await lab.within(1000, 'kv:execute', { node: lab.leader, command: { op: 'put', key: 'k', value: '1' } });
  await lab.do('node:crash', { node: lab.leader });
  await lab.runFor(3000);
  await lab.within(1000, 'kv:execute', { node: lab.leader, command: { op: 'put', key: 'k', value: '2' } });
  events = lab.events;
});

const ofType = <Type extends TraceEvent['type']>(type: Type): Extract<TraceEvent, { type: Type }>[] =>
  events.filter((event): event is Extract<TraceEvent, { type: Type }> => event.type === type);

/** `timer`, `disk`, `request …`, the type of the message that was received; `-` where nothing is told. */
function words(event: TraceEvent): string {
  const { cause } = event;
  if (cause?.by !== 'message') return cause === undefined ? '-' : causeWords(cause);
  const received = ofType('messageReceived').find(({ node, messageId }) => (
    node === event.node && messageId === cause.messageId));
  return received?.message.type ?? expect.unreachable(`${cause.messageId} was not received by ${event.node}`);
}

function causeWords(cause: Exclude<EventCause, { by: 'message' }>): string {
  return cause.by === 'request' && cause.requestId !== undefined ? 'one request' : cause.by;
}

const setOf = (...told: readonly (readonly TraceEvent[])[]): string[] => [...new Set(told.flat().map(words))].sort();

describe('what made an event', () => {
  test.each<[string, () => readonly TraceEvent[], readonly string[]]>([
    ['an election', () => ofType('roleChanged').filter(({ role }) => role === 'pre-candidate'), ['timer']],
    ['a candidacy', () => ofType('roleChanged').filter(({ role }) => role === 'candidate'), ['PreVoteResponse']],
    ['a leadership', () => ofType('roleChanged').filter(({ role }) => role === 'leader'), ['RequestVoteResponse']],
    ['a vote for another', () => ofType('voteGranted').filter(({ node, candidate }) => node !== candidate),
      ['PreVote', 'RequestVote']],
    ['a leader’s command', () => ofType('entriesAppended').filter(({ entries: [entry] }) => entry?.type === 'command'
      && entry.bytes > 0), ['AppendEntries', 'one request', 'request']],
    ['a persisted write', () => ofType('persisted'), ['disk']],
    ['a heartbeat', () => sent('Heartbeat'), ['timer']],
    ['an answer to one', () => sent('HeartbeatResponse'), ['Heartbeat']],
    ['an acknowledgement', () => sent('AppendEntriesResponse'), ['AppendEntries']],
    ['an answer to a candidate', () => sent('RequestVoteResponse'), ['RequestVote']],
  ])('%s', (_what, which, causes) => {
    expect(setOf(which())).toEqual(causes);
  });

  test('a leader commits when a majority has acknowledged, a follower when the leader says so', () => {
    expect(setOf(ofType('commitAdvanced'))).toEqual(['AppendEntries', 'AppendEntriesResponse']);
  });

  test('a message that was held back for a moment is still put down to what made it', () => {
    const notices = sent('AppendEntries').filter(({ message }) => message.entryCount === 0);
    expect(setOf(notices)).toEqual(['AppendEntriesResponse']);
  });
});

test('the turns of a node are counted from its start', () => {
  const turns = new Map<number, number>();
  for (const { type, node, turn } of events) {
    if (type === 'nodeStarted') turns.delete(node);
    if (turn === undefined) continue;
    expect(turn).toBeGreaterThanOrEqual(turns.get(node) ?? 1);
    turns.set(node, turn);
  }
  expect(Math.min(...turns.values())).toBeGreaterThan(50);
});

function sent(type: string): Extract<TraceEvent, { type: 'messageSent' }>[] {
  return ofType('messageSent').filter(({ message }) => message.type === type);
}
