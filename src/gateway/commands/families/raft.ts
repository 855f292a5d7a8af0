/** RAFT: what Redis has no words for. */
import type { DoorMember, DoorStanding } from '../../doorNode.ts';
import { CommandError } from '../command.ts';
import type { Call, Command } from '../command.ts';
import { errorReply } from '../errors.ts';
import { status } from './info.ts';
import { NULL, textReply, textsReply } from '../replies.ts';
import { leaderOf } from '../served.ts';
import { runSubcommand } from '../subcommands.ts';
import type { Subcommands } from '../subcommands.ts';
import { wordOf } from '../words.ts';

const HELP = [
  'RAFT STATUS: role, term, leader and indexes of this node.',
  'RAFT LEADER: the name of the leader that this node knows of.',
  'RAFT TRANSFER [node]: hands the leadership over, to the voter with the longest log or to the one that is named.',
];

function leader(call: Call): void {
  const known = leaderOf(call.door.node.standing());
  call.answer(known === undefined ? NULL : textReply(known.name));
}

function transfer(call: Call): void {
  const { node } = call.door;
  const standing = node.standing();
  const to = call.words.length === 2
    ? successorOf(standing) : memberNamed(standing, wordOf(call, 2).toString('latin1'));
  node.transfer(to.id, (outcome) => {
    call.answer('error' in outcome ? errorReply(outcome.error) : textReply(outcome.answer.leader));
  });
}

/** The voter that can take over soonest. */
function successorOf({ members, leader: leaderId }: DoorStanding): DoorMember {
  const [first, ...others] = members.filter(({ id, isVoter }) => isVoter && id !== leaderId);
  if (first === undefined) {
    throw new CommandError('ERR there is no other voter that could lead');
  }
  return others.reduce((best, one) => ((one.matchIndex ?? 0) > (best.matchIndex ?? 0) ? one : best), first);
}

function memberNamed({ members }: DoorStanding, name: string): DoorMember {
  const found = members.find((member) => member.name === name.toLowerCase());
  if (found === undefined) {
    throw new CommandError(`ERR there is no member of that name: ${members.map((member) => member.name).join(', ')}`);
  }
  return found;
}

const SUBCOMMANDS: Subcommands = {
  HELP: { words: 2, run: (call) => call.answer(textsReply(HELP)) },
  STATUS: { words: 2, run: status },
  LEADER: { words: 2, run: leader },
  TRANSFER: { words: -2, run: transfer },
};

export const RAFT_COMMANDS: readonly Command[] = [
  {
    name: 'raft', arity: -2, mode: 'alone', group: 'cluster', syntax: 'HELP|STATUS|LEADER|TRANSFER [node]',
    summary: 'About the Raft node of this door.', run: (call) => runSubcommand(call, 'raft', SUBCOMMANDS),
  },
];
