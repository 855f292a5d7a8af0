/** Membership changes, orderly and hasty, and the operator who replaces lost servers. */
import {
  type Configuration, type ConfigurationChange, isJoint, LEAVE_JOINT, type NodeId, type SingleChange,
} from '../../raft/index.ts';
import { incarnationOf } from '../../trace/names.ts';
import type { SimulatedNode } from '../simulatedNode.ts';
import { TICK_MICROS } from '../settings.ts';
import type { Fault, FaultTools } from './fault.ts';

/** The most servers that are members at once. */
const MEMBERS_MAX = 9;
/** The most servers that are made in one run, including those that are gone. */
const SERVERS_MAX = 40;
const CHANGES_AT_ONCE_MAX = 3;
const REPAIR_EVERY_TICKS_MAX = 40;

/** Somebody asks the target, or the leader if the target does not lead, for changes without waiting in between. */
export const changeMembers: Fault = (tools, target) => {
  const { cluster, random } = tools;
  const asked = target.leads ? target : cluster.leader();
  if (asked === undefined || hasLostMember(tools)) {
    return; // a lost server is replaced first: otherwise a majority of the voters might be lost in the end
  }
  const count = random.chance(0.5) ? 1 : random.int(2, CHANGES_AT_ONCE_MAX);
  for (let change = 0; change < count; change += 1) {
    propose(tools, asked, drawChange(tools, asked));
  }
};

function propose({ cluster }: FaultTools, asked: SimulatedNode, change: ConfigurationChange): void {
  for (const { type, id } of change.changes) {
    if (type !== 'remove') {
      cluster.addServer(id);
    }
  }
  asked.command((raft) => {
    raft.proposeConfigurationChange(change);
  });
}

function drawChange(tools: FaultTools, { configuration }: SimulatedNode): ConfigurationChange {
  const { random } = tools;
  if (isJoint(configuration) && random.chance(0.6)) {
    return LEAVE_JOINT;
  }
  if (random.chance(0.7)) {
    return { transition: 'auto', changes: [drawSingleChange(tools, configuration)] };
  }
  const count = random.int(1, 2);
  const changes = Array.from({ length: count }, () => drawSingleChange(tools, configuration));
  return { transition: random.pick(['auto', 'joint-implicit', 'joint-explicit']), changes };
}

function drawSingleChange(tools: FaultTools, { voters, learners }: Configuration): SingleChange {
  const { random } = tools;
  const addVoter = (): SingleChange => ({
    type: 'add-voter', id: learners.length > 0 ? random.pick(learners) : (newcomer(tools) ?? random.pick(voters)),
  });
  const removeVoter = (): SingleChange => ({ type: 'remove', id: random.pick(voters) });
  const addLearner = (): SingleChange => ({ type: 'add-learner', id: newcomer(tools) ?? random.pick(voters) });
  if (random.chance(0.2)) {
    return voters.length > 1 ? random.pick([addVoter, removeVoter, addLearner])() : addLearner();
  }
  return voters.length > wantedVoters(tools, voters.length) ? removeVoter() : addVoter();
}

/** The size that the cluster should reach. It is odd, as in most clusters, so reaching it takes several changes. */
function wantedVoters(tools: FaultTools, count: number): number {
  if (tools.wantedVoters === count) {
    tools.wantedVoters = tools.random.pick([1, 3, 5, 7].filter((size) => size !== count));
  }
  return tools.wantedVoters;
}

function newcomer({ cluster }: FaultTools): NodeId | undefined {
  const hasRoom = cluster.memberIds().length < MEMBERS_MAX && cluster.serverCount < SERVERS_MAX;
  return hasRoom ? cluster.newcomerId() : undefined;
}

function hasLostMember({ cluster }: FaultTools): boolean {
  return cluster.memberIds().some((id) => cluster.server(id)?.life === 'lost');
}

/**
 * The operator replaces a lost server by one with an empty disk and another identifier (docs/decisions/0030), and keeps
 * trying until the lost one is no longer a member, even after the faults have stopped.
 */
export function replaceLost(tools: FaultTools, lost: SimulatedNode): void {
  const { cluster, random } = tools;
  const replacement = cluster.replacementId(lost.id);
  cluster.trace?.nodeEvent(cluster.schedule, replacement, {
    type: 'nodeWiped', incarnation: incarnationOf(replacement),
  });
  const repair = () => {
    const leader = cluster.leader();
    if (leader !== undefined) {
      const change = nextStep(leader.configuration, lost.id, replacement);
      if (change === undefined) {
        return;
      }
      propose(tools, leader, change);
    }
    tools.after(random.int(1, REPAIR_EVERY_TICKS_MAX) * TICK_MICROS, repair);
  };
  tools.after(random.int(1, REPAIR_EVERY_TICKS_MAX) * TICK_MICROS, repair);
}

/** What to ask the leader for next; undefined when all is done. Only the leader's own configuration decides. */
function nextStep(configuration: Configuration, lost: NodeId, replacement: NodeId): ConfigurationChange | undefined {
  const { voters, votersOutgoing, learners } = configuration;
  if (votersOutgoing.length > 0) {
    return LEAVE_JOINT;
  }
  if (!voters.includes(lost) && !learners.includes(lost)) {
    return undefined;
  }
  const comesBack: SingleChange = { type: voters.includes(lost) ? 'add-voter' : 'add-learner', id: replacement };
  return { transition: 'joint-implicit', changes: [{ type: 'remove', id: lost }, comesBack] };
}
