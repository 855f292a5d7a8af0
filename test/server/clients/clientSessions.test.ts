/** The sessions that a node keeps for its clients: a bounded number, none that is in use given up. */
import { expect, test } from 'vitest';
import { decodeKvEntry } from '../../../src/kv/index.ts';
import { ClientSessions, SESSIONS_MAX } from '../../../src/server/clients/clientSessions.ts';
import type { ClientSession } from '../../../src/server/clients/clientSessions.ts';

function tokenOf({ registration }: ClientSession): unknown {
  const entry = decodeKvEntry(registration.data);
  return entry?.kind === 'register' ? [entry.client, entry.request] : entry;
}

function newSessions(id: number, boot: number): ClientSessions {
  return new ClientSessions(id, boot, undefined, () => undefined);
}

/** A request waits in the client's session, and is answered. */
function used(sessions: ClientSessions, client: string): ClientSession {
  const session = sessions.take(client);
  sessions.release(session);
  return session;
}

test('a client keeps its session; each session registers with a token of its own', () => {
  const sessions = newSessions(2, 5);
  const first = used(sessions, 'c1');
  expect(used(sessions, 'c1')).toBe(first);
  expect(first).toMatchObject({ client: 'c1', session: undefined, nextSequence: 1 });
  expect(tokenOf(first)).toEqual(['c1', '2.5.1']);
  expect(tokenOf(used(sessions, 'c2'))).toEqual(['c2', '2.5.2']);
  expect(tokenOf(used(newSessions(2, 6), 'c1'))).toEqual(['c1', '2.6.1']);
  expect(tokenOf(used(newSessions(3, 5), 'c1'))).toEqual(['c1', '3.5.1']);
});

test('a session that is forgotten is replaced; one that was replaced already is not forgotten again', () => {
  const sessions = newSessions(1, 1);
  const first = used(sessions, 'c1');
  sessions.forget(first);
  const second = used(sessions, 'c1');
  expect(second).not.toBe(first);
  sessions.forget(first);
  expect(used(sessions, 'c1')).toBe(second);
});

test('of too many, the one used longest ago gives way', () => {
  const sessions = newSessions(1, 1);
  const all = Array.from({ length: SESSIONS_MAX }, (_, at) => used(sessions, `c${at}`));
  expect(used(sessions, 'c0'), 'as many as there is room for').toBe(all[0]);
  used(sessions, 'one more');
  expect(used(sessions, 'c0'), 'used a moment ago').toBe(all[0]);
  expect(used(sessions, 'c2'), 'only as many as need be').toBe(all[2]);
  expect(used(sessions, 'c1')).not.toBe(all[1]);
});

test('a session with requests that are not answered stays, however long ago it was used', () => {
  const sessions = newSessions(1, 1);
  const first = sessions.take('c0');
  const second = used(sessions, 'c1');
  for (let at = 2; at <= SESSIONS_MAX; at += 1) used(sessions, `c${at}`);
  expect(used(sessions, 'c0')).toBe(first);
  expect(used(sessions, 'c1')).not.toBe(second);
});

test('a client that leaves takes its session along, once none of its requests waits', () => {
  const forgotten: string[] = [];
  const sessions = new ClientSessions(1, 1, undefined, ({ client }) => forgotten.push(client));
  const idle = used(sessions, 'idle');
  const busy = sessions.take('busy');
  for (const client of ['idle', 'busy', 'never seen']) sessions.leave(client);
  expect(forgotten).toEqual(['idle']);
  sessions.release(busy);
  expect(forgotten).toEqual(['idle', 'busy']);
  expect(used(sessions, 'idle')).not.toBe(idle);
});
