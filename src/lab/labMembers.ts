/** The lab's nodes as members of the cluster: added, removed, promoted, demoted, replaced. */
import type { MembershipAnswer } from '../contract/answers.ts';
import type { MembershipAction } from '../contract/consoleCommands.ts';
import { LabError } from '../contract/errors.ts';
import type { NodeId } from '../raft/types.ts';
import type { LabEvent } from '../trace/events.ts';
import { fullNodeName, NODE_NUMBER_MAX } from '../trace/names.ts';
import type { NodeName } from '../trace/names.ts';
import type { ClusterView, NodeView } from '../trace/view.ts';
import type { LabFile, LabFileNode } from './files/labFile.ts';
import { newLabFileNode } from './files/labFile.ts';
import type { LabNode } from './labNode.ts';
import { leaderIn } from './membership.ts';
import type { Wish } from './membership.ts';
import type { MembershipKeeper } from './membershipKeeper.ts';
import { canElect, checkAddition, checkChange, checkedLeader, toleranceWords } from './membershipRefusals.ts';

export interface LabMembersHost {
  readonly view: ClusterView;
  readonly nodes: ReadonlyMap<NodeName, LabNode>;
  readonly keeper: MembershipKeeper;
  /** @throws {LabError} `unknown-node` */
  readonly node: (name: NodeName) => LabNode;
  /** Takes a node into the lab; it is not started. */
  readonly addNode: (kept: LabFileNode) => LabNode;
  /** Lets a node go that was closed. */
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

  constructor(former: LabFile['former'], host: LabMembersHost) {
    this.#host = host;
    this.#former = new Map(former.map(({ number, incarnation }) => [number, incarnation]));
  }

  /** What the lab's nodes are to be. */
  get wishes(): readonly Wish[] {
    const nodes = [...this.#host.nodes.values()];
    return nodes.map(({ id, member, replaces }) => ({
      id, member, replaces: nodes.find((node) => node.number === replaces)?.id ?? null,
    }));
  }

  /** What lab.json keeps of the nodes that were removed. */
  get former(): LabFile['former'] {
    return [...this.#former].map(([number, incarnation]) => ({ number, incarnation }));
  }

  /**
   * @param machine where the node is to run; null for this machine
   * @throws {LabError} when no node can be added now
   */
  async add(asLearner: boolean, machine: LabFileNode['machine'] = null): Promise<MembershipAnswer> {
    await this.leader();
    checkAddition(this.#host.view, this.wishes);
    const node = await this.#join(asLearner ? 'learner' : 'voter', null, machine);
    return this.#answer(node, () => this.#isSettled(node), () => `${fullNodeName(node.id)} is a ${node.member}`);
  }

  /** @throws {LabError} when this cannot be done, or would leave too few voters */
  async change(action: MembershipAction, name: NodeName): Promise<MembershipAnswer> {
    const node = this.#host.node(name);
    await this.leader();
    const wish = this.wishes.find(({ id }) => id === node.id);
    if (wish === undefined) {
      throw new LabError('unknown-node', `${name} is going: ask again in a moment`);
    }
    checkChange(action, name, wish, this.#host.view, this.wishes);
    const fullName = fullNodeName(node.id);
    switch (action) {
      case 'promote':
        await this.#wish(node, 'voter');
        return this.#answer(node, () => this.#isSettled(node), () => `${fullName} is a voter`);
      case 'demote':
        await this.#wish(node, 'learner');
        return this.#answer(node, () => this.#isSettled(node), () => `${fullName} is a learner`);
      case 'remove':
        this.#giveUpReplacing(node);
        await this.#wish(node, 'leaving');
        return this.#answer(node, () => this.#isOut(node), () => `${fullName} has left, its disk is deleted`);
      case 'replace': {
        const successor = await this.#replace(node);
        return this.#answer(
          successor,
          () => this.#isOut(node) && this.#isSettled(successor),
          () => `${fullNodeName(successor.id)} has taken the place of ${fullName}`,
        );
      }
    }
  }

  /**
   * The leader; waits for an election while there can be one.
   * @throws {LabError} `no-leader`
   */
  async leader(): Promise<NodeView> {
    const { keeper, view } = this.#host;
    if (canElect(view)) {
      await keeper.until(() => leaderIn(view) !== undefined, this.#host.leaderWithinMs());
    }
    return checkedLeader(view);
  }

  /** A leaving node is no member any more: it is stopped, its file deleted, and nothing of it stays in the lab. */
  onGone(id: NodeId): void {
    const node = [...this.#host.nodes.values()].find((candidate) => candidate.id === id);
    if (node === undefined || this.#going.has(id)) {
      return;
    }
    this.#going.add(id);
    this.#letGo(node)
      .catch((error: unknown) => this.#host.reportFailure(`${node.name} could not be removed`, error))
      .finally(() => this.#going.delete(id));
  }

  async #letGo(node: LabNode): Promise<void> {
    this.#host.emitLeft(node.id, `${fullNodeName(node.id)} is no member any more`);
    await node.close();
    this.#former.set(node.number, node.incarnation);
    for (const successor of this.#host.nodes.values()) {
      if (successor.replaces === node.number) {
        successor.replaces = null;
      }
    }
    this.#host.dropNode(node);
    // lab.json first: a crash in between must not look for the file of a node that the lab still counts.
    await this.#host.save();
    await node.deleteFolder();
    this.#host.keeper.check();
  }

  /** A node that was to take another's place goes: the other one stays what it was. */
  #giveUpReplacing(node: LabNode): void {
    const replaced = [...this.#host.nodes.values()].find(({ number }) => number === node.replaces);
    if (replaced !== undefined && node.member !== 'leaving') {
      replaced.member = node.member;
    }
    node.replaces = null;
  }

  async #replace(node: LabNode): Promise<LabNode> {
    const { member } = node;
    const successor = await this.#join(member, node.number, node.machine);
    node.member = 'leaving';
    await this.#host.save();
    return successor;
  }

  async #wish(node: LabNode, member: LabFileNode['member']): Promise<void> {
    const before = node.member;
    node.member = member;
    try {
      await this.#host.save();
    } catch (error) {
      node.member = before;
      throw saveError(error);
    }
  }

  async #join(
    member: LabFileNode['member'], replaces: number | null, machine: LabFileNode['machine'],
  ): Promise<LabNode> {
    const number = this.#freeNumber();
    const kept = newLabFileNode(number, (this.#former.get(number) ?? 0) + 1, member);
    const node = this.#host.addNode({ ...kept, replaces, machine });
    try {
      await this.#host.save();
    } catch (error) {
      this.#host.dropNode(node);
      throw saveError(error);
    }
    await node.startNew();
    return node;
  }

  /** A number that was never used: a new server has a new name. When there is none left, one of a removed node. */
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
    if (await keeper.until(isDone, this.#host.answerWithinMs())) {
      return { node: node.name, isDone: true, detail: `${done()}. ${toleranceWords(view)}` };
    }
    const detail = keeper.stepOf(node.id)?.detail ?? `${fullNodeName(node.id)} waits for its turn`;
    return { node: node.name, isDone: false, detail };
  }
}

function saveError(error: unknown): LabError {
  const reason = error instanceof Error ? error.message : String(error);
  return new LabError('disk-error', `lab.json could not be written (${reason}): nothing was changed`);
}
