/** The lab's nodes as members of the cluster: added, removed, promoted, demoted, replaced, wiped. */
import type { MembershipAnswer } from '../../contract/answers.ts';
import type { MembershipAction } from '../../contract/consoleCommands.ts';
import { LabError } from '../../contract/errors.ts';
import type { NodeId } from '../../raft/types.ts';
import type { LabEvent } from '../../trace/events.ts';
import { fullNodeName, NODE_NUMBER_MAX } from '../../trace/names.ts';
import type { NodeName } from '../../trace/names.ts';
import type { ClusterView, NodeView } from '../../trace/view.ts';
import type { LabFile, LabFileNode } from '../files/labFile.ts';
import { newLabFileNode } from '../files/labFile.ts';
import type { LabNode } from '../nodes/labNode.ts';
import { leaderIn } from '../../membership/configurationInView.ts';
import type { LeaderRequests } from './leaderRequests.ts';
import type { Wish } from '../../membership/wish.ts';
import type { MembershipKeeper } from '../../membership/membershipKeeper.ts';
import {
  canElect, checkAddition, checkChange, checkedLeader, checkWipe, toleranceWords, voteNeeded,
} from '../../membership/membershipRefusals.ts';
import { until } from './until.ts';
import { SerialQueue } from '../serialQueue.ts';
import type { DataSight, DataState } from '../../membership/votersData.ts';

const MEMBER_AFTER = { promote: 'voter', demote: 'learner', remove: 'leaving' } as const;

export interface LabMembersHost {
  readonly view: ClusterView;
  readonly nodes: ReadonlyMap<NodeName, LabNode>;
  readonly keeper: MembershipKeeper;
  readonly requests: LeaderRequests;
  /** @throws {LabError} `unknown-node` */
  readonly node: (name: NodeName) => LabNode;
  /** Adds a node to the lab without starting it. */
  readonly addNode: (kept: LabFileNode) => LabNode;
  /** Removes a closed node from the lab. */
  readonly dropNode: (node: LabNode) => void;
  readonly record: (...events: readonly LabEvent[]) => void;
  readonly emitLeft: (id: NodeId, detail: string) => void;
  /** Writes lab.json. */
  readonly save: () => Promise<void>;
  readonly reportFailure: (what: string, error: unknown) => void;
  /** How long a command waits for an election that is under way. */
  readonly leaderWithinMs: () => number;
  /** How long a command waits until a change is complete. */
  readonly answerWithinMs: () => number;
}

export class LabMembers {
  readonly #host: LabMembersHost;
  /** The last incarnation of each removed node, by its number. */
  readonly #former: Map<number, number>;
  readonly #going = new Set<NodeId>();
  /** Runs changes of the members and deletions of data one after the other: each is checked when its turn comes. */
  readonly #queue = new SerialQueue();
  /** The nodes' wanted roles, once they are in lab.json and new nodes run: a command that fails changes nothing. */
  #inForce: ReadonlyMap<LabNode, Pick<LabNode, 'id' | 'member' | 'replaces'>> = new Map();

  constructor(former: LabFile['former'], host: LabMembersHost) {
    this.#host = host;
    this.#former = new Map(former.map(({ number, incarnation }) => [number, incarnation]));
    this.#putInForce();
  }

  /** The wanted roles of the lab's nodes. */
  get wishes(): readonly Wish[] {
    const nodes = [...this.#inForce];
    return nodes.map(([, { id, member, replaces }]) => ({
      id, member, replaces: nodes.find(([{ number }]) => number === replaces)?.[1].id ?? null,
    }));
  }

  /** What is known about the nodes' data, by their current Raft ids. */
  get data(): ReadonlyMap<NodeId, DataState> {
    return new Map([...this.#host.nodes.values()].map(({ id, data }) => [id, data]));
  }

  /** What lab.json keeps about the nodes that were removed. */
  get former(): LabFile['former'] {
    return [...this.#former].map(([number, incarnation]) => ({ number, incarnation }));
  }

  /**
   * @param machine the machine that the node will run on; null for this one
   * @throws {LabError} when no node can be added now
   */
  async add(asLearner: boolean, machine: LabFileNode['machine'] = null): Promise<MembershipAnswer> {
    await this.leader();
    const node = await this.#queue.run(() => {
      checkAddition(this.#sight);
      return this.#join(asLearner ? 'learner' : 'voter', null, machine);
    });
    return this.#answer(node, () => this.#isSettled(node), () => `${fullNodeName(node.id)} is a ${node.member}`);
  }

  /** @throws {LabError} when this cannot be done, or would leave too few voters */
  async change(action: MembershipAction, name: NodeName): Promise<MembershipAnswer> {
    this.#host.node(name);
    await this.leader();
    const { node, successor } = await this.#queue.run(() => this.#begin(action, name));
    const fullName = fullNodeName(node.id);
    const isAway = this.#host.view.nodes[name]?.life === 'away';
    const fileWords = isAway ? `its file stays on ${node.machine?.name ?? 'its machine'}` : 'its disk is deleted';
    switch (action) {
      case 'promote':
        return this.#answer(node, () => this.#isSettled(node), () => `${fullName} is a voter`);
      case 'demote':
        return this.#answer(node, () => this.#isSettled(node), () => `${fullName} is a learner`);
      case 'remove':
        return this.#answer(node, () => this.#isOut(node), () => `${fullName} has left, ${fileWords}`);
      case 'replace':
        return this.#answer(
          successor,
          () => this.#isOut(node) && this.#isSettled(successor),
          () => `${fullNodeName(successor.id)} has taken the place of ${fullName}`,
        );
    }
  }

  /**
   * Deletes a node's data and brings it back under another Raft id.
   * @param beginAnew called with the node's id where it is the only node: its cluster begins anew
   * @throws {LabError} `refused` when it would leave no majority with its data
   */
  wipe(name: NodeName, beginAnew: (id: NodeId) => void): Promise<void> {
    return this.#queue.run(async () => {
      const node = this.#host.node(name);
      const isAlone = this.#host.nodes.size === 1;
      if (!isAlone) {
        await this.#nodesStarted();
        checkWipe(name, node.id, await this.#lookForData());
      }
      if (isAlone) {
        beginAnew(node.nextId);
      }
      try {
        await node.wipe(() => this.#putInForce());
      } catch (error) {
        if (isAlone) {
          beginAnew(node.id);
        }
        throw error;
      }
    });
  }

  /**
   * The leader; waits for an election if one is possible.
   * @throws {LabError} `no-leader`
   */
  async leader(): Promise<NodeView> {
    const { keeper, view } = this.#host;
    await this.#nodesStarted();
    if (canElect(view)) {
      await until(keeper, () => leaderIn(view) !== undefined, this.#host.leaderWithinMs());
    }
    return checkedLeader(this.#sight);
  }

  /** Right after the lab is opened its nodes have reported nothing: waits a while until they run or have failed. */
  async #nodesStarted(): Promise<void> {
    const { keeper, view } = this.#host;
    const isKnown = (): boolean => (
      leaderIn(view) !== undefined || Object.values(view.nodes).every(({ life }) => life !== 'starting'));
    await until(keeper, isKnown, this.#host.leaderWithinMs());
  }

  /** A leaving node is no longer a member: it is stopped, its file is deleted, and it is removed from the lab. */
  onGone(id: NodeId): void {
    const node = [...this.#host.nodes.values()].find((candidate) => candidate.id === id);
    if (node === undefined || this.#going.has(id)) {
      return;
    }
    this.#going.add(id);
    this.#queue.run(() => this.#letGo(node))
      .catch((error: unknown) => this.#host.reportFailure(`${node.name} could not be removed`, error))
      .finally(() => this.#going.delete(id));
  }

  get #sight(): DataSight {
    return { view: this.#host.view, wishes: this.wishes, data: this.data };
  }

  /** The same after a check of the nodes' files. */
  async #lookForData(): Promise<DataSight> {
    const nodes = [...this.#host.nodes.values()];
    const data = await Promise.all(nodes.map(async (node) => [node.id, await node.lookForData()] as const));
    return { ...this.#sight, data: new Map(data) };
  }

  /** Checks a change and puts it in force. @returns the node and the one that replaces it: itself if none does */
  async #begin(action: MembershipAction, name: NodeName): Promise<{ node: LabNode; successor: LabNode }> {
    const node = this.#host.node(name);
    const wish = this.wishes.find(({ id }) => id === node.id);
    if (wish === undefined) {
      throw new LabError('unknown-node', `${name} is being removed: ask again in a moment`);
    }
    const voters = checkChange(action, name, wish, await this.#lookForData());
    if (voters !== undefined) {
      const leader = checkedLeader(this.#sight);
      await this.#host.requests.confirmQuorum(leader.name, voters).catch((error: unknown) => {
        throw error instanceof LabError && error.code === 'refused' ? voteNeeded(name, error.message) : error;
      });
    }
    if (action === 'replace') {
      return { node, successor: await this.#join(node.member, node, node.machine) };
    }
    await this.#change(() => {
      if (action === 'remove') {
        this.#giveUpReplacing(node);
      }
      node.member = MEMBER_AFTER[action];
    });
    return { node, successor: node };
  }

  /** Changes wanted roles; when they cannot be written, nothing is changed. @throws {LabError} `disk-error` */
  async #change(change: () => void): Promise<void> {
    change();
    try {
      await this.#host.save();
    } catch (error) {
      this.#takeBack();
      throw saveError(error);
    }
    this.#putInForce();
    this.#host.keeper.check();
  }

  #putInForce(): void {
    const nodes = [...this.#host.nodes.values()];
    this.#inForce = new Map(nodes.map((node) => [node, { id: node.id, member: node.member, replaces: node.replaces }]));
  }

  #takeBack(): void {
    for (const [node, { member, replaces }] of this.#inForce) {
      node.member = member;
      node.replaces = replaces;
    }
  }

  async #letGo(node: LabNode): Promise<void> {
    this.#host.emitLeft(node.id, `${fullNodeName(node.id)} is no longer a member`);
    await node.close();
    this.#former.set(node.number, node.incarnation);
    for (const successor of this.#host.nodes.values()) {
      if (successor.replaces === node.number) {
        successor.replaces = null;
      }
    }
    this.#host.dropNode(node);
    this.#putInForce();
    // lab.json first: after a crash in between, the lab must not look for the deleted file of a node.
    await this.#host.save();
    await node.deleteFolder();
    this.#host.keeper.check();
  }

  /** A node that was going to replace another one is removed instead: the other one stays what it was. */
  #giveUpReplacing(node: LabNode): void {
    const replaced = [...this.#host.nodes.values()].find(({ number }) => number === node.replaces);
    if (replaced !== undefined && node.member !== 'leaving') {
      replaced.member = node.member;
    }
    node.replaces = null;
  }

  /**
   * Starts a new node, and then lets the cluster add it.
   * @param replaced the node that it replaces
   * @throws {LabError} when it cannot be started: then nothing of it remains
   */
  async #join(
    member: LabFileNode['member'], replaced: LabNode | null, machine: LabFileNode['machine'],
  ): Promise<LabNode> {
    const number = this.#freeNumber();
    const kept = newLabFileNode(number, (this.#former.get(number) ?? 0) + 1, member);
    const node = this.#host.addNode({ ...kept, replaces: replaced?.number ?? null, machine });
    let hasFolder = false;
    try {
      await node.prepare();
      hasFolder = true;
      if (replaced !== null) {
        replaced.member = 'leaving';
      }
      await this.#host.save().catch((error: unknown) => {
        throw saveError(error);
      });
      await node.startNew();
    } catch (error) {
      this.#takeBack();
      await this.#undoJoin(node, hasFolder);
      throw notAdded(node.name, error);
    }
    this.#putInForce();
    this.#host.keeper.check();
    return node;
  }

  async #undoJoin(node: LabNode, hasFolder: boolean): Promise<void> {
    await node.close();
    if (hasFolder) {
      // It may have been started unnoticed: no other node may have its Raft id.
      this.#former.set(node.number, node.incarnation);
    }
    this.#host.dropNode(node);
    const report = (error: unknown): void => {
      this.#host.reportFailure(`what is left of ${node.name}, which was not added, could not be deleted`, error);
    };
    await this.#host.save().catch(report);
    if (hasFolder) {
      await node.deleteFolder().catch(report);
    }
  }

  /** A number that was never used, because a new node has a new name. If none is left, one of a removed node. */
  #freeNumber(): number {
    const used = new Set([...this.#host.nodes.values()].map(({ number }) => number));
    const numbers = Array.from({ length: NODE_NUMBER_MAX }, (_, position) => position + 1);
    const free = numbers.filter((number) => !used.has(number));
    const number = free.find((candidate) => !this.#former.has(candidate)) ?? free[0];
    if (number === undefined) {
      throw new LabError('refused', `all ${NODE_NUMBER_MAX} node names are taken: remove a node first`);
    }
    return number;
  }

  #isSettled(node: LabNode): boolean {
    return this.#host.nodes.get(node.name) === node && this.#host.keeper.stepOf(node.id) === undefined;
  }

  #isOut(node: LabNode): boolean {
    return this.#host.nodes.get(node.name) !== node;
  }

  async #answer(node: LabNode, isDone: () => boolean, done: () => string): Promise<MembershipAnswer> {
    const { keeper, view } = this.#host;
    if (await until(keeper, isDone, this.#host.answerWithinMs())) {
      return { node: node.name, isDone: true, detail: `${done()}. ${toleranceWords(view)}` };
    }
    const detail = keeper.stepOf(node.id)?.detail ?? `${fullNodeName(node.id)} waits for its turn`;
    return { node: node.name, isDone: false, detail };
  }
}

function notAdded(name: NodeName, error: unknown): unknown {
  return error instanceof LabError ? new LabError(error.code, `${name} was not added: ${error.message}`) : error;
}

function saveError(error: unknown): LabError {
  const reason = error instanceof Error ? error.message : String(error);
  return new LabError('disk-error', `lab.json could not be written (${reason}): nothing was changed`);
}
