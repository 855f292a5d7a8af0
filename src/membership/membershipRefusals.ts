/** Membership changes that the lab refuses, because they would end the cluster or make no sense. Pure. */
import { LAB_NODES_MAX } from '../contract/commands.ts';
import type { MembershipAction } from '../contract/consoleCommands.ts';
import { LabError } from '../contract/errors.ts';
import type { NodeId } from '../raft/types.ts';
import type { NodeName } from '../trace/names.ts';
import { fullNodeName, nodeNameOf } from '../trace/names.ts';
import type { ClusterView, NodeView } from '../trace/view.ts';
import { configurationIn, leaderIn, majorityOf } from './configurationInView.ts';
import { canCommit, runWords, shortageOf } from './membership.ts';
import type { Wish } from './wish.ts';
import {
  canLose, knownConfiguration, majorityLostWords, missingDataWords, unheard, votersWithData,
} from './votersData.ts';
import type { DataSight } from './votersData.ts';

/** @throws {LabError} when no node can be added now */
export function checkAddition(sight: DataSight): void {
  checkedLeader(sight);
  if (sight.wishes.length >= LAB_NODES_MAX) {
    throw new LabError('refused', `a lab has at most ${LAB_NODES_MAX} nodes: remove one first`);
  }
}

/**
 * @param name the node's name as the person gave it
 * @returns the remaining voters if the node loses its vote: the leader must hear from a majority of them
 * @throws {LabError} that says why this cannot be done, and what to do
 */
export function checkChange(
  action: MembershipAction, name: NodeName, wish: Wish, sight: DataSight,
): readonly NodeId[] | undefined {
  checkedLeader(sight);
  if (wish.member === 'leaving') {
    throw new LabError('busy', `${name} is being removed already`);
  }
  if (wish.replaces !== null && action !== 'remove') {
    const place = nodeNameOf(wish.replaces);
    throw new LabError('busy', `${name} is taking the place of ${place}: wait until it has, or remove ${name}`);
  }
  switch (action) {
    case 'promote':
      if (wish.member === 'voter') {
        throw new LabError('refused', `${name} is a voter already, or on its way to be one`);
      }
      return undefined;
    case 'demote':
      if (wish.member === 'learner') {
        throw new LabError('refused', `${name} is a learner already, or on its way to be one`);
      }
      return checkVoteCanGo(name, wish, sight);
    case 'remove':
      return checkVoteCanGo(name, wish, sight);
    case 'replace':
      if (sight.wishes.length >= LAB_NODES_MAX) {
        const why = `the new node needs a place before ${name} goes`;
        throw new LabError('refused', `a lab has at most ${LAB_NODES_MAX} nodes, and ${why}: remove one first`);
      }
      return undefined;
  }
}

/** @throws {LabError} when it would leave no majority with its data, or when that is not known */
export function checkWipe(name: NodeName, id: NodeId, sight: DataSight): void {
  const lost = majorityLostWords(sight);
  if (lost !== undefined) {
    throw new LabError('refused', `wiping ${name} does not help: ${lost}`);
  }
  if (sight.data.get(id) === 'lost') {
    return;
  }
  const configuration = knownConfiguration(sight);
  if (configuration === undefined) {
    const silent = unheard(sight);
    throw new LabError(
      'refused',
      `${name} cannot be wiped now: no leader, and ${silent.map(fullNodeName).join(', ')} have not run since the lab `
      + `was opened, so it is not known which nodes vote. Wait until ${runWords(silent)}`,
    );
  }
  if (!canLose(sight, configuration, id)) {
    const missing = missingDataWords(sight, configuration, id);
    throw new LabError(
      'refused',
      `wiping ${name} now would leave no majority with its data, and no leader could ever be elected again`
      + `${missing === '' ? '' : ` (${missing})`}: wait until the others are voters again, add nodes first, or delete `
      + 'the lab',
    );
  }
}

/** Whether enough voters run to elect a leader. */
export function canElect(view: ClusterView): boolean {
  return canCommit(view, configurationIn(view)?.voters ?? []);
}

/**
 * The leader: only a leader can change the membership, or hand over.
 * @throws {LabError} `no-leader`, which says what is missing
 */
export function checkedLeader(sight: DataSight): NodeView {
  const { view } = sight;
  const leader = leaderIn(view);
  if (leader !== undefined) {
    return leader;
  }
  const voters = configurationIn(view)?.voters ?? [];
  const why = majorityLostWords(sight)
    ?? (canCommit(view, voters) ? 'wait for the election' : shortageOf(view, voters));
  throw new LabError('no-leader', `no leader: ${why}`);
}

/** Checks that the cluster can continue without this node's vote. Changes under way count as done. */
function checkVoteCanGo(name: NodeName, { id }: Wish, sight: DataSight): readonly NodeId[] | undefined {
  const { view, wishes } = sight;
  const voters = configurationIn(view)?.voters ?? [];
  if (!voters.includes(id)) {
    return undefined;
  }
  const isStaying = (voter: number): boolean =>
    wishes.some((wish) => wish.id === voter && wish.member === 'voter');
  const rest = voters.filter((voter) => voter !== id && isStaying(voter));
  if (rest.length === 0) {
    throw new LabError(
      'refused', `${name} is the only voter, and without one there is no cluster: add a node first, or delete the lab`,
    );
  }
  if (!canCommit(view, rest)) {
    throw voteNeeded(name, shortageOf(view, rest));
  }
  if (votersWithData(sight, rest).length < majorityOf(rest)) {
    throw voteNeeded(name, missingDataWords(sight, { voters }, id));
  }
  return rest;
}

/** The refusal to take a vote away. @param why what the others lack */
export function voteNeeded(name: NodeName, why: string): LabError {
  return new LabError(
    'refused',
    `without the vote of ${name} nothing more could be committed: ${why}. Restart or join the others first, or `
    + 'take out one that is down',
  );
}

/** `5 voters, 3 make a majority: 2 may fail`. */
export function toleranceWords(view: ClusterView): string {
  const voters = configurationIn(view)?.voters ?? [];
  const majority = majorityOf(voters);
  const spare = voters.length - majority;
  const count = voters.length === 1 ? '1 voter' : `${voters.length} voters, ${majority} make a majority`;
  return `${count}: ${spare === 0 ? 'none' : spare} may fail`;
}
