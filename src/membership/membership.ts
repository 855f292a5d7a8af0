/** The next step that brings a cluster's configuration in line with the wanted roles of the lab's nodes. Pure. */
import type { ConfigurationChange, SingleChange } from '../raft/index.ts';
import type { Configuration, NodeId } from '../raft/types.ts';
import type { NodeLifeEvent } from '../trace/events.ts';
import { fullNodeName, nodeNumberOf } from '../trace/names.ts';
import type { NodeName } from '../trace/names.ts';
import type { ClusterView, NodeView } from '../trace/view.ts';
import { isMember, leaderIn, majorityOf, membersOf, neededWords, newestConfiguration } from './configurationInView.ts';
import { majorityLostWords } from './votersData.ts';
import type { DataSight } from './votersData.ts';
import type { Wish } from './wish.ts';

/** A node's progress towards its wanted role, as the event that reports it. */
export type MembershipStep = { readonly id: NodeId } & Extract<NodeLifeEvent, { type: 'nodeJoining' | 'nodeLeaving' }>;

/** What to ask of the leader. */
export type MembershipAsk = { readonly leader: NodeName } & (
  | { readonly change: ConfigurationChange }
  | { readonly transferTo: NodeId }
);

export interface MembershipPlan {
  /** The progress of each node that does not have its wanted role yet. Empty: all nodes have it. */
  readonly steps: readonly MembershipStep[];
  /** What to ask now; undefined while there is something to wait for. */
  readonly ask: MembershipAsk | undefined;
  /** Leaving nodes that are no longer members. */
  readonly gone: readonly NodeId[];
}

export interface PlanInput extends DataSight {
  /** Whether a learner is close enough behind the leader to become a voter (catchUp.ts). */
  readonly hasCaughtUp: (id: NodeId, leader: NodeView) => boolean;
  /** Whether a leader that will lose its vote hands over first. If not, it steps down when the change is applied. */
  readonly mayTransfer: boolean;
}

/** A step and the request that it needs. The lowest rank is asked first. */
interface RankedStep {
  readonly step: MembershipStep;
  readonly rank: number;
  readonly ask?: MembershipAsk;
}

const RANKS = { add: 0, promote: 1, demote: 2, remove: 3 } as const;

/**
 * Plans one change after the other (dissertation §4.1). New nodes join as learners and become voters when they have
 * caught up (§4.2.1); then voters are demoted, and then nodes are removed (§4.2.2). Each step depends on the leader's
 * own configuration, so a plan can be made at any time and repeated, and a crash in between does no harm.
 */
export function planMembership(input: PlanInput): MembershipPlan {
  const { view, wishes } = input;
  const leader = leaderIn(view);
  const configuration = leader?.configuration ?? newestConfiguration(view);
  if (configuration === null) {
    return { steps: [], ask: undefined, gone: [] };
  }
  if (leader === undefined) {
    return { steps: waitingSteps(input, configuration), ask: undefined, gone: [] };
  }
  const planner = new Planner(input, leader, configuration);
  const ranked = wishes.map((wish) => planner.stepOf(wish)).filter((step) => step !== undefined);
  const isJoint = configuration.votersOutgoing.length > 0;
  const asks = isJoint ? [] : ranked.filter(({ ask }) => ask !== undefined).sort((a, b) => a.rank - b.rank);
  return {
    steps: ranked.map(({ step }) => step),
    ask: asks[0]?.ask ?? (isJoint ? undefined : planner.removalOfStrangers()),
    gone: wishes.filter(({ id, member }) => member === 'leaving' && !isMember(configuration, id)).map(({ id }) => id),
  };
}

class Planner {
  readonly #input: PlanInput;
  readonly #leader: NodeView;
  readonly #configuration: Configuration;

  constructor(input: PlanInput, leader: NodeView, configuration: Configuration) {
    this.#input = input;
    this.#leader = leader;
    this.#configuration = configuration;
  }

  /** The next step for one node; undefined when it has its wanted role. */
  stepOf(wish: Wish): RankedStep | undefined {
    const { id, member } = wish;
    const isVoter = this.#configuration.voters.includes(id);
    if (member === 'leaving') {
      return isMember(this.#configuration, id) ? this.#removal(id) : undefined;
    }
    if (!isMember(this.#configuration, id)) {
      return this.#addition(id);
    }
    if (member === 'learner') {
      return isVoter ? this.#demotion(id) : this.#replacementOfLearner(wish);
    }
    return isVoter ? undefined : this.#promotion(wish);
  }

  /** Removes a member that no longer belongs to a node of the lab: an incarnation that was wiped. */
  removalOfStrangers(): MembershipAsk | undefined {
    const stranger = membersOf(this.#configuration).find((id) => !this.#input.wishes.some((wish) => wish.id === id));
    return stranger === undefined ? undefined : this.#change([{ type: 'remove', id: stranger }]);
  }

  /** Adds a node as a learner; its former incarnations are removed in the same change. */
  #addition(id: NodeId): RankedStep {
    const former = membersOf(this.#configuration).filter((member) => nodeNumberOf(member) === nodeNumberOf(id));
    const inPlace = former.length === 0 ? '' : ` in the place of ${former.map(fullNodeName).join(', ')}`;
    const detail = `${this.#leader.name} adds ${fullNodeName(id)} as a learner${inPlace}`;
    const removals = former.map((member) => ({ type: 'remove', id: member }) as const);
    return {
      step: { id, type: 'nodeJoining', step: 'adding', detail },
      rank: RANKS.add,
      ask: this.#change([...removals, { type: 'add-learner', id }]),
    };
  }

  /** A learner that has caught up becomes a voter. If it replaces a member, both change at once, jointly (§4.3). */
  #promotion({ id, replaces }: Wish): RankedStep {
    const name = fullNodeName(id);
    const joining = (step: 'catching-up' | 'promoting', detail: string): MembershipStep =>
      ({ id, type: 'nodeJoining', step, detail });
    if (!this.#input.hasCaughtUp(id, this.#leader)) {
      const detail = `${name} catches up with the log of ${this.#leader.name}`;
      return { step: joining('catching-up', detail), rank: RANKS.promote };
    }
    const replaced = replaces !== null && isMember(this.#configuration, replaces) ? replaces : undefined;
    const votersAfter = [...this.#configuration.voters.filter((voter) => voter !== replaced), id];
    if (!canCommit(this.#input.view, votersAfter)) {
      const detail = `${name} becomes a voter when enough voters run: ${shortageOf(this.#input.view, votersAfter)}`;
      return { step: joining('catching-up', detail), rank: RANKS.promote };
    }
    const added = { type: 'add-voter', id } as const;
    if (replaced === undefined) {
      const step = joining('promoting', `${this.#leader.name} makes ${name} a voter`);
      return { step, rank: RANKS.promote, ask: this.#change([added]) };
    }
    const transfer = this.#transferFrom(replaced);
    const place = `${name} takes the place of ${fullNodeName(replaced)}`;
    return {
      step: joining('promoting', `${place} ${transfer === undefined ? 'in one joint change' : 'once it hands over'}`),
      rank: RANKS.promote,
      ask: transfer ?? this.#change([added, { type: 'remove', id: replaced }]),
    };
  }

  /** A learner that replaces another learner only has to catch up. */
  #replacementOfLearner({ id, replaces }: Wish): RankedStep | undefined {
    const isWaiting = replaces !== null && isMember(this.#configuration, replaces)
      && !this.#input.hasCaughtUp(id, this.#leader);
    const detail = `${fullNodeName(id)} catches up with the log of ${this.#leader.name}`;
    return isWaiting
      ? { step: { id, type: 'nodeJoining', step: 'catching-up', detail }, rank: RANKS.promote }
      : undefined;
  }

  #demotion(id: NodeId): RankedStep {
    const change = this.#change([{ type: 'add-learner', id }]);
    return this.#lossOfVote(id, 'demoting', `${this.#leader.name} makes ${fullNodeName(id)} a learner`, change);
  }

  #removal(id: NodeId): RankedStep {
    const name = fullNodeName(id);
    const successor = this.#input.wishes.find(({ replaces }) => replaces === id);
    const isReplaced = successor === undefined
      || (successor.member === 'voter' && this.#configuration.voters.includes(successor.id))
      || (successor.member === 'learner' && this.#replacementOfLearner(successor) === undefined
        && isMember(this.#configuration, successor.id));
    if (!isReplaced) {
      const detail = `${name} stays until ${fullNodeName(successor.id)} can take its place`;
      return { step: { id, type: 'nodeLeaving', step: 'waiting', detail }, rank: RANKS.remove };
    }
    const change = this.#change([{ type: 'remove', id }]);
    return this.#lossOfVote(id, 'removing', `${this.#leader.name} removes ${name}`, change);
  }

  /** A voter leaves only while the others can commit without it; a leader hands over first (dissertation §4.2.2). */
  #lossOfVote(id: NodeId, kind: 'demoting' | 'removing', detail: string, ask: MembershipAsk): RankedStep {
    const rank = kind === 'demoting' ? RANKS.demote : RANKS.remove;
    const leaving = (step: 'waiting' | 'handing-over' | typeof kind, words: string): MembershipStep =>
      ({ id, type: 'nodeLeaving', step, detail: words });
    if (!this.#configuration.voters.includes(id)) {
      return { step: leaving(kind, detail), rank, ask };
    }
    const rest = this.#configuration.voters.filter((voter) => voter !== id);
    if (!canCommit(this.#input.view, rest)) {
      const shortage = shortageOf(this.#input.view, rest);
      return { step: leaving('waiting', `${fullNodeName(id)} stays a voter for now: ${shortage}`), rank };
    }
    const transfer = this.#transferFrom(id);
    if (transfer === undefined) {
      return { step: leaving(kind, detail), rank, ask };
    }
    const to = fullNodeName(transfer.transferTo);
    return { step: leaving('handing-over', `${fullNodeName(id)} hands over to ${to} first`), rank, ask: transfer };
  }

  /** The transfer that ends the leadership of `id`: to the voter whose log is closest to the leader's. */
  #transferFrom(id: NodeId): (MembershipAsk & { readonly transferTo: NodeId }) | undefined {
    if (id !== this.#leader.id || !this.#input.mayTransfer) {
      return undefined;
    }
    const isStaying = (voter: NodeId): boolean =>
      this.#input.wishes.some((wish) => wish.id === voter && wish.member === 'voter');
    const matchOf = (voter: NodeId): number => this.#leader.progress[voter]?.matchIndex ?? 0;
    const [best] = this.#configuration.voters
      .filter((voter) => voter !== id && isStaying(voter) && isReachable(this.#input.view, voter))
      .sort((a, b) => matchOf(b) - matchOf(a));
    return best === undefined ? undefined : { leader: this.#leader.name, transferTo: best };
  }

  #change(changes: readonly SingleChange[]): MembershipAsk {
    return { leader: this.#leader.name, change: { transition: 'auto', changes } };
  }
}

/** Whether a majority of these voters runs and can be reached: only then can they commit anything. */
export function canCommit(view: ClusterView, voters: readonly NodeId[]): boolean {
  return voters.filter((id) => isReachable(view, id)).length >= majorityOf(voters);
}

/** Why they cannot: `1 of 3 voters can be reached, 2 are needed (missing: n2, n3)`. */
export function shortageOf(view: ClusterView, voters: readonly NodeId[]): string {
  const names = (ids: readonly NodeId[]): string => ids.map(fullNodeName).join(', ');
  if (voters.length === 0) {
    const nodes = Object.values(view.nodes).map(({ id }) => id);
    return `it is not yet known which nodes vote: wait until ${runWords(nodes)}`;
  }
  const reachable = voters.filter((id) => isReachable(view, id));
  const missing = voters.filter((id) => !reachable.includes(id));
  return `${reachable.length} of ${voters.length} voters can be reached, ${neededWords(voters)} `
    + `(missing: ${names(missing)})`;
}

/** What to do about nodes that must run: `n1, n2 run, or restart them`. */
export function runWords(ids: readonly NodeId[]): string {
  const names = ids.map(fullNodeName).join(', ');
  return ids.length === 1 ? `${names} runs, or restart it` : `${names || 'the nodes'} run, or restart them`;
}

/** Whether the node runs and the leader, if any, has heard from it lately: a link can fail in many ways. */
function isReachable(view: ClusterView, id: NodeId): boolean {
  const node = Object.values(view.nodes).find((candidate) => candidate.id === id);
  return node?.life === 'running' && leaderIn(view)?.progress[id]?.silent !== true;
}

/** The voters after a change. */
export function votersAfter({ voters }: Configuration, { changes }: ConfigurationChange): readonly NodeId[] {
  const after = new Set(voters);
  for (const { type, id } of changes) {
    if (type === 'add-voter') {
      after.add(id);
    } else if (type !== 'update') {
      after.delete(id);
    }
  }
  return [...after];
}

/** Without a leader nothing changes: a node that does not have its wanted role waits. */
function waitingSteps(sight: DataSight, configuration: Configuration): MembershipStep[] {
  const { view, wishes } = sight;
  const { voters, learners } = configuration;
  const running = voters.filter((voter) => isReachable(view, voter)).length;
  const why = majorityLostWords(sight)
    ?? `${running} of ${voters.length} voters run, ${neededWords(voters)}`;
  return wishes.flatMap(({ id, member }): MembershipStep[] => {
    const name = fullNodeName(id);
    const isThere = member === 'voter' ? voters.includes(id) : member === 'learner' && learners.includes(id);
    if (isThere) {
      return [];
    }
    const isLeaving = member === 'leaving' || (member === 'learner' && voters.includes(id));
    return [isLeaving
      ? { id, type: 'nodeLeaving', step: 'waiting', detail: `${name} waits for a leader to remove it: ${why}` }
      : { id, type: 'nodeJoining', step: 'waiting', detail: `${name} waits for a leader to add it: ${why}` }];
  });
}
