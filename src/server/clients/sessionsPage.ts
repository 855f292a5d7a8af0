/** The client sessions of a state machine, as a page for the inspector and the console. */
import type { SessionRow, SessionsPage } from '../../contract/answers.ts';
import { SESSIONS_MAX } from '../../kv/index.ts';
import type { Session } from '../../kv/index.ts';
import type { Index } from '../../raft/index.ts';

/**
 * The `limit` most recently used sessions.
 * @param oldestFirst all sessions, the least recently used one first
 */
export function sessionsPageOf(oldestFirst: Iterable<Session>, lastApplied: Index, limit: number): SessionsPage {
  const sessions = [...oldestFirst];
  const listed = sessions.slice(-limit).reverse();
  return {
    lastApplied,
    sessionCount: sessions.length,
    sessionsMax: SESSIONS_MAX,
    sessions: listed.map(rowOf),
    truncated: listed.length < sessions.length,
  };
}

function rowOf({ client, session, lastUsedIndex, keptFrom, results }: Session): SessionRow {
  // Every request below keptFrom was answered; from there on, only those with kept results are known.
  const lastSequence = Math.max(keptFrom - 1, ...results.keys());
  return { client, session, lastSequence, lastUsedIndex, keptResults: results.size };
}
