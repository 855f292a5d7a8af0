/** The console's words for lab commands that were carried out: membership, leadership, leases and sessions. */
import { doorWords } from '../trace/doorWords.ts';
import { describeMessage } from '../trace/messageWords.ts';
import type { NodeName } from '../trace/names.ts';
import { variantWords } from '../trace/variantWords.ts';
import type { ClusterView } from '../trace/view.ts';
import type { MembershipAnswer, SessionsPage } from './answers.ts';
import type { HeldAction } from './commands.ts';
import type { LabOutcome } from './consoleActions.ts';
import type { ActionOnAll } from './consoleCommands.ts';
import { describeAnswer } from './consoleWords.ts';
import type { AnswerWords } from './consoleWords.ts';

/** The answer in words; undefined if it says no more than that the command is done. */
export function describeOutcome(outcome: LabOutcome): AnswerWords | undefined {
  switch (outcome.name) {
    case 'kv:execute':
      return describeAnswer(outcome.answer);
    case 'cluster:add':
    case 'cluster:remove':
    case 'cluster:promote':
    case 'cluster:demote':
    case 'cluster:replace':
      return membershipWords(outcome.answer);
    case 'cluster:transfer': {
      const { leader, term, totalMs } = outcome.answer;
      return { tone: 'ok', text: `${leader} leads`, detail: `term ${term} · ${totalMs.toFixed(1)} ms` };
    }
    case 'cluster:forgetLeader':
      return ok(`${outcome.input.node} has forgotten its leader, until it hears from one`);
    case 'lab:setLeaseReads':
      return ok(outcome.input.enabled
        ? 'lease reads are on: they are right only while the clocks of the nodes run at the same rate'
        : 'lease reads are off');
    case 'lab:setDoor': {
      const { door } = outcome.input;
      return ok(door.isOpen ? `${doorWords(door)}: status shows their ports` : doorWords(door));
    }
    case 'lab:setVariant':
      return ok(`all nodes run ${variantWords(outcome.input.variant)} from now on`);
    case 'lab:simulate':
      return ok(`“${outcome.answer.name}” is open: a simulated lab, whose time is held`);
    case 'node:sessions':
      return { tone: 'note', text: sessionsTable(outcome.answer), detail: '' };
    default:
      return undefined;
  }
}

/** Why `all` stands for no node. */
const NO_NODE: Readonly<Record<ActionOnAll | HeldAction, string>> = {
  crash: 'no node is running',
  restart: 'no node has crashed or stopped',
  pause: 'no node is running',
  resume: 'no node is paused',
  deliver: 'no message is held',
  lose: 'no message is held',
  double: 'no message is held',
};

/** The answer where `all` stands for no node. */
export function describeNothingDone(action: ActionOnAll | HeldAction): AnswerWords {
  return { tone: 'note', text: `nothing to ${action}: ${NO_NODE[action]}`, detail: '' };
}

/** The messages that are held, a line for each: `m3  n1 → n2  AppendEntries 18–19  term 4`. */
export function heldMessagesText(view: ClusterView, node: NodeName | null): string {
  const rows = view.held.filter(({ from }) => node === null || from === node)
    .map(({ number, from, to, message }) => [
      `m${number}`, `${from} → ${to}`, describeMessage(message), `term ${message.term}`,
    ]);
  if (rows.length > 0) return alignedRows(rows).join('\n');
  return node === null ? 'no message is held' : `${node} holds no message`;
}

function ok(text: string): AnswerWords {
  return { tone: 'ok', text, detail: '' };
}

/** A change in progress is reported and is not a failure. */
function membershipWords({ isDone, detail }: MembershipAnswer): AnswerWords {
  if (isDone) return ok(detail);
  return { tone: 'note', text: `under way: ${detail}`, detail: 'it continues by itself' };
}

/** A line for each session, the latest used first. */
function sessionsTable({ sessions, sessionCount, sessionsMax, lastApplied }: SessionsPage): string {
  const heads = ['client', 'session', 'last request', 'last used', 'results kept'];
  const rows = sessions.map(({ client, session, lastSequence, lastUsedIndex, keptResults }) =>
    [client, String(session), String(lastSequence), `index ${lastUsedIndex}`, String(keptResults)]);
  const more = sessionCount > sessions.length ? [`… and ${sessionCount - sessions.length} more`] : [];
  const count = `${sessionCount} of at most ${sessionsMax} sessions, as of index ${lastApplied}`;
  return [count, ...(rows.length === 0 ? [] : alignedRows([heads, ...rows])), ...more].join('\n');
}

/** Rows as lines, each column as wide as its longest text. */
function alignedRows(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ').trimEnd());
}
