/** Proposals: entries that clients want in the log, on their way to the leader (Raft §5.3, dissertation §6.2). */
import { admitChange } from './changeAdmission.ts';
import type { Core } from './core.ts';
import { ProposalDropped, type ProposalDropReason } from './errors.ts';
import { appendAsLeader, type NewEntry } from './ownLog.ts';
import { broadcastAppend } from './replication.ts';
import { send } from './send.ts';
import { NONE } from './types.ts';

/**
 * Appends the entries here, if this server leads, or hands them to the leader.
 * @throws {ProposalDropped} when neither is possible
 */
export function propose(core: Core, entries: readonly NewEntry[]): void {
  if (core.role === 'leader') {
    proposeAsLeader(core, entries);
    return;
  }
  if (core.leader === NONE) {
    throw dropped(core, 'no-leader');
  }
  send(core, {
    type: 'ForwardedProposal',
    from: core.id,
    to: core.leader,
    term: 0,
    entries: entries.map((entry) => ({ ...entry, term: 0, index: 0 })),
  });
}

/**
 * Appends the entries to this leader's log and sends them to the followers.
 * @throws {ProposalDropped}
 */
export function proposeAsLeader(core: Core, entries: readonly NewEntry[]): void {
  if (!core.membership.progress.has(core.id)) {
    throw dropped(core, 'removed');
  }
  if (core.transferee !== NONE) {
    throw dropped(core, 'transfer-in-progress');
  }
  const firstIndex = core.log.lastIndex() + 1;
  const admitted = entries.map(({ type, data }, offset) =>
    type === 'configuration' ? admitChange(core, { type, data }, firstIndex + offset) : { type, data },
  );
  if (!appendAsLeader(core, admitted)) {
    throw dropped(core, 'uncommitted-limit');
  }
  broadcastAppend(core);
}

function dropped(core: Core, reason: ProposalDropReason): ProposalDropped {
  core.emit({ type: 'proposalDropped', reason });
  return new ProposalDropped(reason);
}
