/** The error for a client without an answer: what happened, if its command may still take effect, and what to do. */
import type { LabErrorData } from '../../contract/errors.ts';
import { isReadCommand } from '../../kv/index.ts';
import type { KvCommand } from '../../kv/index.ts';
import type { NodeName } from '../../trace/names.ts';
import type { KvRequest } from '../protocol.ts';
import { readKindOf } from './pendingRequest.ts';

/** The state of the asked node when it gave up. */
export interface Situation {
  readonly name: NodeName;
  /** How many of the voters the node has heard from lately, itself included. */
  readonly seen: number;
  readonly voters: number;
  readonly knowsLeader: boolean;
  /** Whether the command was proposed: then it may be in a log. */
  readonly wasProposed: boolean;
  /** How many copies may take effect, if that is more than one. */
  readonly copies: number | undefined;
  /** Whether a command that is not proposed waits for its client's session. */
  readonly awaitsSession: boolean;
  /** Whether the leader commits nothing before somebody proposes something (raft/node.ts). */
  readonly awaitsFirstProposal: boolean;
  /** Why the node gave up; undefined: the time was up. */
  readonly how: string | undefined;
}

/** The error for when the asked node ends, or is paused, before it answers. */
export function lostAnswerError(name: NodeName, command: KvCommand): LabErrorData {
  const what = `${name} went silent before it answered`;
  return isReadCommand(command)
    ? { code: 'node-crashed', message: `${what}. A read changes nothing: ask another node.` }
    : { code: 'unknown-outcome', message: `unknown outcome: ${what}. It may still take effect.` };
}

/** @param what the limit that was reached: `1024 commands` */
export function busyError(name: NodeName, what: string): LabErrorData {
  return { code: 'busy', message: `${name} has ${what} under way: wait for answers, then try again` };
}

export function leaseOffError(): LabErrorData {
  return {
    code: 'refused',
    message: 'lease reads are off in this lab, because they trust the clocks of the nodes: `lease on` turns them '
      + 'on; read-index needs no clocks',
  };
}

export function unansweredError(request: KvRequest, situation: Situation): LabErrorData {
  const { name, seen, voters, how } = situation;
  const kind = readKindOf(request);
  const who = `${name} ${how ?? whatWasMissing(request, situation)} (sees ${seen} of ${voters})`;
  const after = how === undefined ? ` after ${Number((request.timeoutMs / 1000).toFixed(1))} s` : '';
  if (kind !== undefined) {
    const advice = `A read changes nothing: ask again, or ask another node. A stale read shows what ${name} has.`;
    return { code: 'no-leader', message: `no answer${after}: ${who}. ${advice}` };
  }
  if (!situation.wasProposed) {
    const truth = 'The command is in no log and never takes effect.';
    return { code: 'no-leader', message: `not sent${after}: ${who}. ${truth}` };
  }
  const often = situation.copies === undefined ? '' : `, perhaps ${situation.copies} times: it has no session`;
  return { code: 'unknown-outcome', message: `unknown outcome${after}: ${who}. It may still take effect${often}.` };
}

function whatWasMissing(request: KvRequest, situation: Situation): string {
  const { knowsLeader, wasProposed, awaitsSession, awaitsFirstProposal } = situation;
  if (!knowsLeader) {
    return 'has no leader';
  }
  const kind = readKindOf(request);
  if (kind === 'read-index' || kind === 'lease') {
    return awaitsFirstProposal
      ? 'got no read index: its leader has committed nothing in its term, and without no-ops a write must come first'
      : 'got no read index that its leader could confirm';
  }
  if (!wasProposed && !awaitsSession) {
    return 'found no leader that took it';
  }
  return wasProposed
    ? 'did not learn that a majority has it'
    : 'did not learn that a majority has the client session, which comes first';
}
