/** Runs the quorum scripts: what is committed and who is elected, as pure functions of acknowledgements and votes. */
import {
  allVoters,
  committedIndex,
  jointCommittedIndex,
  jointVoteResult,
  type VoteResult,
  voteResult,
} from '../../raft/quorum.ts';
import type { NodeId } from '../../raft/index.ts';
import { checkArguments, integer, integersOf, ScriptError, valuesOf } from './arguments.ts';
import type { Case } from './dataDriven.ts';

const VOTE_RESULTS: Record<VoteResult, string> = { won: 'VoteWon', lost: 'VoteLost', pending: 'VotePending' };

/**
 * Runs one case.
 * @returns what it prints
 * @throws {ScriptError} when the case asks for something unknown
 */
export function runQuorumCase({ command, args }: Case): string {
  checkArguments(args, { options: ['cfg', 'cfgj', 'idx', 'votes'] });
  const majority = integersOf(args, 'cfg');
  const joint = args.some(({ key }) => key === 'cfgj');
  const other = valuesOf(args, 'cfgj')
    .filter((value) => value !== 'zero')
    .map(integer);
  const values = valuesOf(args, command === 'vote' ? 'votes' : 'idx');
  const ids = [...new Set([...majority, ...other])];
  if (ids.length !== values.length) {
    const voters = allVoters({ voters: majority, votersOutgoing: other }).map((id) => `${id}:{}`);
    const input = values.map((value) => NUMBERS_OF_VALUES[value] ?? value);
    return `error: mismatched input (explicit or _) for voters map[${voters.join(' ')}]: [${input.join(' ')}]`;
  }
  // Values are given in the order of first mention; an underscore is a server that has not reported.
  const given = new Map(ids.map((id, position) => [id, values[position] ?? '_']));
  for (const [id, value] of given) {
    if (value === '_') {
      given.delete(id);
    }
  }
  if (command === 'vote') {
    return printVote(majority, other, joint, votesOf(given));
  }
  if (command === 'committed') {
    return printCommitted(majority, other, joint, indexesOf(given));
  }
  throw new ScriptError(`unknown command: ${command}`);
}

/** What the scripts' own errors print for a value that is not a number. */
const NUMBERS_OF_VALUES: Readonly<Record<string, string>> = { _: '0', n: '1', y: '2' };

function indexesOf(given: ReadonlyMap<NodeId, string>): Map<NodeId, number> {
  const indexes = new Map([...given].map(([id, value]) => [id, integer(value)]));
  if ([...indexes.values()].includes(0)) {
    throw new ScriptError('cannot use 0 as idx: write _ where nothing was heard');
  }
  return indexes;
}

function votesOf(given: ReadonlyMap<NodeId, string>): Map<NodeId, boolean> {
  const votes = new Map<NodeId, boolean>();
  for (const [id, value] of given) {
    if (value !== 'y' && value !== 'n') {
      throw new ScriptError(`unknown vote: ${value}`);
    }
    votes.set(id, value === 'y');
  }
  return votes;
}

/** Prints the result, and another line for each other way to compute it that gives a different result. */
function printVote(
  majority: readonly NodeId[],
  other: readonly NodeId[],
  joint: boolean,
  votes: ReadonlyMap<NodeId, boolean>,
): string {
  if (!joint) {
    return VOTE_RESULTS[voteResult(majority, votes)];
  }
  const result = jointVoteResult({ voters: majority, votersOutgoing: other }, votes);
  const swapped = jointVoteResult({ voters: other, votersOutgoing: majority }, votes);
  const lines = swapped === result ? [] : [`${VOTE_RESULTS[swapped]} <-- via symmetry`];
  return [...lines, VOTE_RESULTS[result]].join('\n');
}

function printCommitted(
  majority: readonly NodeId[],
  other: readonly NodeId[],
  joint: boolean,
  indexes: ReadonlyMap<NodeId, number>,
): string {
  const reached = (id: NodeId): number | undefined => indexes.get(id);
  const both = jointCommittedIndex({ voters: majority, votersOutgoing: other }, reached);
  const index = joint ? both : committedIndex(majority, reached);
  const table = describeIndexes(joint ? allVoters({ voters: majority, votersOutgoing: other }) : majority, indexes);
  const alternatives = joint
    ? { 'via symmetry': jointCommittedIndex({ voters: other, votersOutgoing: majority }, reached) }
    : {
        'via zero-joint quorum': both,
        'via self-joint quorum': jointCommittedIndex({ voters: majority, votersOutgoing: majority }, reached),
      };
  const differing = Object.entries(alternatives).filter(([, alternative]) => alternative !== index);
  return [
    table,
    ...differing.map(([how, alternative]) => `${printIndex(alternative)} <-- ${how}\n`),
    ...(joint ? [] : lowered(majority, indexes, index)),
    printIndex(index),
  ].join('');
}

/** Lowering further an index that is already below the committed one must change nothing. */
function lowered(majority: readonly NodeId[], indexes: ReadonlyMap<NodeId, number>, index: number): string[] {
  return majority.flatMap((id) => {
    const own = indexes.get(id) ?? 0;
    if (own === 0 || own >= index) {
      return [];
    }
    const withOwn = (lower: number): number =>
      committedIndex(majority, (other) => (other === id ? lower : indexes.get(other)));
    return [own - 1, 0]
      .map((lower) => ({ lower, result: withOwn(lower) }))
      .filter(({ result }) => result !== index)
      .map(({ lower, result }) => `${printIndex(result)} <-- overlaying ${id}->${lower === 0 ? 0 : own}`);
  });
}

function printIndex(index: number): string {
  return index === Infinity ? '∞' : String(index);
}

/** A small table: each server's index, with a bar as long as there are servers behind it. */
function describeIndexes(ids: readonly NodeId[], indexes: ReadonlyMap<NodeId, number>): string {
  if (ids.length === 0) {
    return '<empty majority quorum>';
  }
  const all = ids.map((id) => indexes.get(id) ?? 0);
  const rows = [...ids]
    .sort((a, b) => a - b)
    .map((id) => {
      const index = indexes.get(id);
      const behind = all.filter((other) => other < (index ?? 0)).length;
      const bar =
        index === undefined ? `?${' '.repeat(ids.length)}` : `${'x'.repeat(behind)}>${' '.repeat(ids.length - behind)}`;
      return `${bar} ${String(index ?? 0).padStart(5)}    (id=${id})\n`;
    });
  return `${' '.repeat(ids.length)}    idx\n${rows.join('')}`;
}
