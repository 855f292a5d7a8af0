/** The nodes of a simulated lab as members of its cluster: added, removed, promoted, demoted, replaced, wiped. */
import type { MembershipAnswer } from '../../contract/answers.ts';
import type { MembershipAction } from '../../contract/consoleCommands.ts';
import { LabError } from '../../contract/errors.ts';
import { leaderIn } from '../../membership/configurationInView.ts';
import type { Done, LeaderCalls } from '../../membership/leaderCalls.ts';
import { MembershipKeeper } from '../../membership/membershipKeeper.ts';
import type { MembershipStep } from '../../membership/membership.ts';
import {
  canElect, checkAddition, checkChange, checkedLeader, checkWipe, toleranceWords, voteNeeded,
} from '../../membership/membershipRefusals.ts';
import type { DataSight, DataState } from '../../membership/votersData.ts';
import type { Wish } from '../../membership/wish.ts';
import type { NodeId } from '../../raft/index.ts';
import { KV_TIMEOUT_MS, MEMBERSHIP_WITHIN_MS } from '../../server/patience.ts';
import type { Clock } from '../../server/world.ts';
import type { TraceEvent } from '../../trace/events.ts';
import { fullNodeName, incarnationOf, NODE_NUMBER_MAX, nodeIdOf, nodeNumberOf } from '../../trace/names.ts';
import type { NodeName } from '../../trace/names.ts';
import type { ClusterView } from '../../trace/view.ts';
import type { SimulatedNode } from '../simulatedNode.ts';
import type { Reply } from './pendingAnswers.ts';

const MEMBER_AFTER = { promote: 'voter', demote: 'learner', remove: 'leaving' } as const;

export interface SimulatedMembersHost {
  readonly view: ClusterView;
  readonly calls: LeaderCalls;
  readonly clock: Pick<Clock, 'nowMs' | 'after'>;
  readonly nodes: () => readonly SimulatedNode[];
  /** @throws {LabError} `unknown-node` */
  readonly node: (name: NodeName) => SimulatedNode;
  /** A new node with an empty disk, which runs. */
  readonly addNode: (id: NodeId) => void;
  /** A node that is no longer a member: it ends, and its disk is gone. */
  readonly dropNode: (node: SimulatedNode) => void;
  /** A node comes back under another id with an empty disk; alone, its cluster begins anew. */
  readonly replaceDisk: (node: SimulatedNode, id: NodeId) => void;
  readonly emit: (step: MembershipStep) => void;
}

interface Member {
  readonly id: NodeId;
  member: Wish['member'];
  replaces: NodeId | null;
}

export class SimulatedMembers {
  readonly #host: SimulatedMembersHost;
  readonly #keeper: MembershipKeeper;
  readonly #members = new Map<NodeId, Member>();
  /** The last incarnation of each number that was ever used. */
  readonly #incarnations = new Map<number, number>();

  /** @param former the last ids of nodes that were removed */
  constructor(members: readonly Wish[], former: readonly NodeId[], host: SimulatedMembersHost) {
    this.#host = host;
    for (const { id, member, replaces } of members) this.#members.set(id, { id, member, replaces });
    for (const id of [...former, ...this.#members.keys()]) {
      this.#incarnations.set(nodeNumberOf(id), incarnationOf(id));
    }
    this.#keeper = new MembershipKeeper({
      view: host.view,
      wishes: () => this.#wishes,
      data: () => this.#data,
      leader: host.calls,
      clock: host.clock,
      emit: host.emit,
      onGone: (id) => this.#letGo(id),
    });
  }

  onEvents(events: readonly TraceEvent[]): void {
    this.#keeper.onEvents(events);
  }

  /** Calls back when a leader is known, or with the reason why there is none. */
  withLeader(action: (leader: NodeName) => void, refuse: (error: LabError) => void): void {
    const { view } = this.#host;
    const withinMs = KV_TIMEOUT_MS[view.pace];
    const go = (): void => attempt(() => {
      action(checkedLeader(this.#sight).name);
    }, refuse);
    this.#keeper.until(
      () => leaderIn(view) !== undefined || Object.values(view.nodes).every(({ life }) => life !== 'starting'),
      withinMs,
      () => {
        if (canElect(view)) {
          this.#keeper.until(() => leaderIn(view) !== undefined, withinMs, go);
        } else {
          go();
        }
      },
    );
  }

  add(asLearner: boolean, reply: Reply<MembershipAnswer>): void {
    this.withLeader(() => {
      checkAddition(this.#sight);
      const id = this.#join(asLearner ? 'learner' : 'voter', null);
      this.#answer(id, () => this.#isSettled(id), () => `${fullNodeName(id)} is a ${this.#member(id).member}`, reply);
    }, reply);
  }

  change(action: MembershipAction, name: NodeName, reply: Reply<MembershipAnswer>): void {
    this.withLeader(() => {
      const { id } = this.#host.node(name);
      const voters = checkChange(action, name, this.#wishOf(id, name), this.#sight);
      const begin: Done = (error) => {
        if (error === undefined) {
          attempt(() => this.#begin(action, id, reply), reply);
        } else {
          reply(error.code === 'refused' ? voteNeeded(name, error.message) : error);
        }
      };
      if (voters === undefined) {
        begin();
      } else {
        this.#host.calls.confirmQuorum(checkedLeader(this.#sight).name, voters, begin);
      }
    }, reply);
  }

  /** @throws {LabError} `refused` when it would leave no majority with its data */
  wipe(name: NodeName): void {
    const node = this.#host.node(name);
    const { member, replaces } = this.#member(node.id);
    if (this.#members.size > 1) {
      checkWipe(name, node.id, this.#sight);
    }
    const id = this.#nextIncarnation(nodeNumberOf(node.id));
    this.#members.delete(node.id);
    this.#members.set(id, { id, member, replaces });
    for (const other of this.#members.values()) {
      if (other.replaces === node.id) other.replaces = id;
    }
    this.#host.replaceDisk(node, id);
    this.#keeper.check();
  }

  #begin(action: MembershipAction, id: NodeId, reply: Reply<MembershipAnswer>): void {
    const fullName = fullNodeName(id);
    if (action === 'replace') {
      const successor = this.#join(this.#member(id).member, id);
      this.#answer(
        successor, () => !this.#members.has(id) && this.#isSettled(successor),
        () => `${fullNodeName(successor)} has taken the place of ${fullName}`, reply,
      );
      return;
    }
    if (action === 'remove') this.#giveUpReplacing(id);
    this.#member(id).member = MEMBER_AFTER[action];
    this.#keeper.check();
    if (action === 'remove') {
      this.#answer(id, () => !this.#members.has(id), () => `${fullName} has left, its disk is gone`, reply);
    } else {
      this.#answer(id, () => this.#isSettled(id), () => `${fullName} is a ${MEMBER_AFTER[action]}`, reply);
    }
  }

  /** Starts a new node, and then lets the cluster add it. */
  #join(member: 'voter' | 'learner' | 'leaving', replaced: NodeId | null): NodeId {
    const id = this.#nextIncarnation(this.#freeNumber());
    this.#members.set(id, { id, member, replaces: replaced });
    if (replaced !== null) this.#member(replaced).member = 'leaving';
    this.#host.addNode(id);
    this.#keeper.check();
    return id;
  }

  /** A node that was going to replace another one is removed instead: the other one stays what it was. */
  #giveUpReplacing(id: NodeId): void {
    const leaving = this.#member(id);
    const replaced = leaving.replaces === null ? undefined : this.#members.get(leaving.replaces);
    if (replaced !== undefined && leaving.member !== 'leaving') replaced.member = leaving.member;
    leaving.replaces = null;
  }

  #letGo(id: NodeId): void {
    const node = this.#host.nodes().find((candidate) => candidate.id === id);
    if (node === undefined) return;
    const detail = `${fullNodeName(id)} is no longer a member`;
    this.#host.emit({ id, type: 'nodeLeaving', step: 'removed', detail });
    this.#members.delete(id);
    for (const successor of this.#members.values()) {
      if (successor.replaces === id) successor.replaces = null;
    }
    this.#host.dropNode(node);
    this.#keeper.check();
  }

  #answer(id: NodeId, isDone: () => boolean, done: () => string, reply: Reply<MembershipAnswer>): void {
    const { view } = this.#host;
    const node: NodeName = `n${nodeNumberOf(id)}`;
    this.#keeper.until(isDone, MEMBERSHIP_WITHIN_MS[view.pace], (isSo) => {
      reply(isSo ? { node, isDone: true, detail: `${done()}. ${toleranceWords(view)}` } : {
        node, isDone: false, detail: this.#keeper.stepOf(id)?.detail ?? `${fullNodeName(id)} waits for its turn`,
      });
    });
  }

  #isSettled(id: NodeId): boolean {
    return this.#members.has(id) && this.#keeper.stepOf(id) === undefined;
  }

  // ---- What is known ------------------------------------------------------------------------------------------------

  get #wishes(): readonly Wish[] {
    return [...this.#members.values()];
  }

  get #data(): ReadonlyMap<NodeId, DataState> {
    return new Map(this.#host.nodes().map(({ id, life }) => [id, life === 'lost' ? 'lost' : 'held']));
  }

  get #sight(): DataSight {
    return { view: this.#host.view, wishes: this.#wishes, data: this.#data };
  }

  #member(id: NodeId): Member {
    const member = this.#members.get(id);
    if (member === undefined) throw new LabError('unknown-node', `${fullNodeName(id)} has left: ask again`);
    return member;
  }

  #wishOf(id: NodeId, name: NodeName): Wish {
    const member = this.#members.get(id);
    if (member === undefined) throw new LabError('unknown-node', `${name} is being removed: ask again in a moment`);
    return member;
  }

  #nextIncarnation(number: number): NodeId {
    const incarnation = (this.#incarnations.get(number) ?? 0) + 1;
    this.#incarnations.set(number, incarnation);
    return nodeIdOf(number, incarnation);
  }

  /** A number that was never used, because a new node has a new name. If none is left, one of a removed node. */
  #freeNumber(): number {
    const used = new Set([...this.#members.keys()].map(nodeNumberOf));
    const numbers = Array.from({ length: NODE_NUMBER_MAX }, (_, position) => position + 1);
    const free = numbers.filter((number) => !used.has(number));
    const number = free.find((candidate) => !this.#incarnations.has(candidate)) ?? free[0];
    if (number === undefined) {
      throw new LabError('refused', `all ${NODE_NUMBER_MAX} node names are taken: remove a node first`);
    }
    return number;
  }
}

/** Refuses with the LabError that an action throws. */
function attempt(action: () => void, refuse: (error: LabError) => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    refuse(error);
  }
}
