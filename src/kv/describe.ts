/** Commands and log entries in the console's words, shortened for a line of a table. */
import { decodeConfigurationChange, leavesJoint } from '../raft/configuration.ts';
import type { SingleChange } from '../raft/configuration.ts';
import type { Entry, NodeId } from '../raft/types.ts';
import { describeCommand, describeShortfall } from './commandWords.ts';
import { decodeKvEntry } from './entryCodec.ts';
import type { AppliedEntry } from './stateMachine.ts';

/** An entry for a log table. */
export interface EntryWords {
  readonly text: string;
  /**
   * The client and the number of its request, `c1 #3`; only the client for a plain command; null for an entry that no
   * client sent.
   */
  readonly client: string | null;
}

/** A log entry as a line of a log table. Never throws: unreadable bytes are described as malformed. */
export function describeEntry(entry: Pick<Entry, 'type' | 'data'>): EntryWords {
  switch (entry.type) {
    case 'no-op':
      return { text: 'no-op, start of term', client: null };
    case 'configuration':
      return { text: describeConfigurationEntry(entry.data), client: null };
    case 'command':
      return describeCommandEntry(entry.data);
  }
}

/** What applying a command did: `cas stock "2"→"1": not swapped, it was "3"`. The same words on every server. */
export function describeApplied({ entry, result, isRepeat }: AppliedEntry): string {
  if (entry === undefined) return 'malformed';
  if (entry.kind === 'register') return 'open a client session';
  const shortfall = isRepeat ? 'a repeat, which changes nothing' : describeShortfall(result);
  const command = describeCommand(entry.command);
  return shortfall === undefined ? command : `${command}: ${shortfall}`;
}

function describeCommandEntry(data: Uint8Array): EntryWords {
  const entry = decodeKvEntry(data);
  if (entry === undefined) return { text: `malformed, ${data.length} bytes`, client: null };
  if (entry.kind === 'register') return { text: 'open a client session', client: entry.client };
  const client = entry.kind === 'plain' ? entry.client : `${entry.client} #${entry.sequence}`;
  return { text: describeCommand(entry.command), client };
}

function describeConfigurationEntry(data: Uint8Array): string {
  try {
    const change = decodeConfigurationChange(data);
    if (leavesJoint(change)) return 'leave the joint configuration';
    return change.changes.map(describeSingleChange).join(', ');
  } catch {
    return `configuration, malformed, ${data.length} bytes`;
  }
}

const CHANGE_WORDS: Record<SingleChange['type'], (name: string) => string> = {
  'add-voter': (name) => `add ${name} as voter`,
  'add-learner': (name) => `add ${name} as learner`,
  remove: (name) => `remove ${name}`,
  update: (name) => `update ${name}`,
};

function describeSingleChange(change: SingleChange): string {
  return CHANGE_WORDS[change.type](serverName(change.id));
}

/** The lab's name for a server: `n3`, or `n3′2` after its disk was wiped once. */
function serverName(id: NodeId): string {
  const incarnation = Math.floor(id / 1000) + 1;
  return incarnation === 1 ? `n${id % 1000}` : `n${id % 1000}′${incarnation}`;
}
