/** Membership changes as the lab asks for them, and why one is not taken. */
import type { LabErrorData } from '../contract/errors.ts';
import { ProposalDropped } from '../raft/index.ts';
import type { ConfigurationChange, RaftNode } from '../raft/index.ts';
import type { NodeName } from '../trace/names.ts';

/** Proposes a change on the node `name`. @returns why it was not taken; undefined when it was */
export function proposeChange(raft: RaftNode, name: NodeName, change: ConfigurationChange): LabErrorData | undefined {
  if (raft.status().role !== 'leader') {
    return { code: 'no-leader', message: `${name} does not lead: only a leader takes membership changes here` };
  }
  const refusal = raft.configurationChangeRefusal(change);
  if (refusal !== undefined) {
    return { code: 'busy', message: `${name} cannot change the membership now: ${refusal}` };
  }
  try {
    raft.proposeConfigurationChange(change);
    return undefined;
  } catch (error) {
    if (error instanceof ProposalDropped) {
      return { code: 'busy', message: `${name} cannot change the membership now: ${error.message}` };
    }
    throw error;
  }
}
