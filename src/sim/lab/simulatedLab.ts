/**
 * A lab whose nodes are simulated: real servers in virtual time, which goes on step by step. Everything in it follows
 * from its seed and from what was done to it at which moment.
 */
import type { AttachAnswer, DiskPage, NodeKvPage, SessionsPage } from '../../contract/answers.ts';
import type { CommandInput, HeldAction } from '../../contract/commands.ts';
import { LabError } from '../../contract/errors.ts';
import { checkLeaseReads, checkVariantChange } from '../../contract/variantChanges.ts';
import type { NextEvent } from '../../contract/time.ts';
import { configurationOf, type NodeId } from '../../raft/index.ts';
import { LabNetwork } from '../../server/net/labNetwork.ts';
import type { LabEvent, TraceEvent } from '../../trace/events.ts';
import { LabTrace, RECENT_EVENTS } from '../../trace/labTrace.ts';
import { incarnationOf, type NodeName, nodeIdOf, nodeNameOf } from '../../trace/names.ts';
import { type DiskContents, SimulatedDisk } from '../disk.ts';
import { Random } from '../random.ts';
import type { Micros } from '../schedule.ts';
import { type NodeLife, SimulatedNode } from '../simulatedNode.ts';
import { diskPageOf } from './diskPage.ts';
import type { ActionReply, LabAction } from './labActions.ts';
import type { LabBeginning } from './labBeginning.ts';
import type { LabRecord } from './labRecord.ts';
import { LabQuestions } from './labQuestions.ts';
import { LabWorld, type LabWorldOptions } from './labWorld.ts';
import { NextEvents } from './nextEvents.ts';
import { PendingAnswers } from './pendingAnswers.ts';
import { SimulatedMembers } from './simulatedMembers.ts';
import { EVENTS_KEPT_MAX, type SteppedLab, type SteppedLabListener } from './steppedLab.ts';
import { TELLING } from '../../membership/membershipKeeper.ts';

export interface SimulatedLabOptions extends LabWorldOptions {
  readonly name: string;
  readonly nodeCount: number;
  /** Where it continues a live lab; absent: its nodes are new, with empty disks. */
  readonly beginning?: LabBeginning | undefined;
}

export class SimulatedLab implements SteppedLab {
  readonly trace: LabTrace;
  readonly world: LabWorld;
  readonly #options: SimulatedLabOptions;
  readonly #network: LabNetwork;
  readonly #questions: LabQuestions;
  readonly #members: SimulatedMembers;
  readonly #next: NextEvents;
  /** The configuration before the first entry, which every node begins with. */
  #initialVoters: readonly NodeId[];
  /** What the members' keeper has not seen yet: it looks between two steps, never in the middle of a node's turn. */
  #unseen: TraceEvent[] = [];

  constructor(options: SimulatedLabOptions, listener: SteppedLabListener) {
    this.#options = options;
    const beginning = options.beginning ?? newBeginning(options.nodeCount);
    this.#initialVoters = beginning.initialVoters;
    this.world = new LabWorld(options, {
      onEvent: (node, event) => this.trace.recordBatch(node.id, [event], 0),
      onTurn: () => listener.onTurn(),
      onAnswer: (answer) => this.#questions.answers.settle(answer),
      onStopped: (node) => this.#questions.answers.lose(node.id),
    });
    this.trace = new LabTrace(() => this.world.nowMs, (events) => {
      this.#showKeeper(events);
      listener.onEvents(events);
    }, EVENTS_KEPT_MAX);
    this.#network = new LabNetwork(
      beginning.nodes.map(({ id }) => nodeNameOf(id)), beginning.links, beginning.partition,
    );
    this.#questions = new LabQuestions(new PendingAnswers(this.world.schedule), (name) => this.#running(name));
    this.#members = this.#newMembers(beginning);
    this.#next = new NextEvents({
      schedule: this.world.schedule,
      node: (id) => this.world.nodes.find((node) => node.id === id),
      onLost: (from, to, messageId, message) => this.trace.recordOf(from, {
        type: 'messageDropped', messageId, to, reason: 'loss', message,
      }),
    });
    this.#begin(beginning);
  }

  #begin({ nodes }: LabBeginning): void {
    const { labId, name, pace, simulation, variant } = this.#options;
    const ids = nodes.map(({ id }) => id);
    this.trace.record({
      type: 'labOpened', labId, name, pace, nodes: ids.map(nodeNameOf), incarnations: ids.map(incarnationOf),
      leaseReads: this.world.leaseReads, seed: simulation.seed, variant,
    });
    this.#changeNetwork(this.#network.events());
    for (const { id, disk } of nodes) this.world.add(this.#newNode(id, disk));
    for (const { id, state } of nodes) {
      const node = this.#node(nodeNameOf(id));
      if (state === 'crashed') {
        this.trace.recordOf(id, { type: 'nodeCrashed' });
        continue;
      }
      node.start();
      if (state === 'paused') this.#pause(nodeNameOf(id));
    }
  }

  #newMembers({ nodes, former }: LabBeginning): SimulatedMembers {
    const { world } = this;
    return new SimulatedMembers(nodes, former, {
      view: this.trace.view,
      calls: this.#questions,
      clock: {
        nowMs: () => world.nowMs,
        after: (delayMs, action) => {
          let isCancelled = false;
          world.schedule.after(1000 * delayMs, () => {
            if (!isCancelled) action();
          });
          return { cancel: () => { isCancelled = true; } };
        },
      },
      nodes: () => world.nodes,
      node: (name) => this.#node(name),
      addNode: (id) => this.#addNode(id),
      dropNode: (node) => this.#dropNode(node),
      replaceDisk: (node, id) => this.#replaceDisk(node, id),
      emit: ({ id, ...step }) => this.trace.recordOf(id, step),
    });
  }

  #showKeeper(events: readonly TraceEvent[]): void {
    const telling = events.filter(({ type }) => TELLING.has(type));
    if (telling.length === 0) return;
    if (this.#unseen.length === 0) {
      this.world.schedule.after(0, () => {
        const unseen = this.#unseen;
        this.#unseen = [];
        this.#members.onEvents(unseen);
      });
    }
    this.#unseen.push(...telling);
  }

  // ---- What is there ------------------------------------------------------------------------------------------------

  attach(): AttachAnswer {
    return { view: structuredClone(this.trace.view), recentEvents: this.trace.recent(RECENT_EVENTS) };
  }

  get present(): Pick<LabRecord, 'nodeCount' | 'pace' | 'variant'> {
    const { nodes, pace, variant } = this.world;
    return { nodeCount: nodes.length, pace, variant };
  }

  get now(): Micros {
    return this.world.schedule.now;
  }

  get nextAt(): Micros | undefined {
    return this.world.schedule.nextAt;
  }

  takeNext(): void {
    this.world.schedule.runNext(Infinity);
  }

  advanceTo(at: Micros): void {
    this.world.schedule.advanceTo(at);
  }

  kvPage({ node, prefix, limit }: CommandInput<'node:kv'>): NodeKvPage {
    return this.#running(node).applier.page(prefix, limit);
  }

  sessions({ node, limit }: CommandInput<'node:sessions'>): SessionsPage {
    return this.#running(node).applier.sessionsPage(limit);
  }

  /** What is on a node's disk, in the form of a raft.db. */
  disk({ node, fromIndex, count }: CommandInput<'node:disk'>): DiskPage {
    return diskPageOf(this.#options.labId, this.#node(node), fromIndex, count);
  }

  nextEvents(): { readonly next: readonly NextEvent[]; readonly nextBeyond: number } {
    return this.#next.list();
  }

  // ---- What is done to it -------------------------------------------------------------------------------------------

  /**
   * Does something at the present moment.
   * @param reply called once, perhaps much later
   * @throws {LabError} when it cannot be done: then nothing has changed
   */
  act(action: LabAction, reply: ActionReply): void {
    switch (action.name) {
      case 'kv:execute':
        this.#questions.kv(action.input, this.world.pace, reply);
        return;
      case 'node:compact':
        this.#questions.ask(action.input.node, 'done', (requestId) => ({ type: 'compact', requestId }), reply);
        return;
      case 'cluster:forgetLeader':
        this.#questions.ask(action.input.node, 'done', (requestId) => ({ type: 'forgetLeader', requestId }), reply);
        return;
      case 'message:deliver':
      case 'message:lose':
      case 'message:double': {
        const { node, messageId } = action.input;
        const held = heldActionOf(action.name);
        this.#questions.ask(
          node, 'done', (requestId) => ({ type: 'heldMessage', requestId, action: held, messageId }), reply,
        );
        return;
      }
      case 'cluster:transfer':
        this.#transfer(action.input.to, reply);
        return;
      case 'cluster:add':
        this.#members.add(action.input.asLearner ?? false, reply);
        return;
      case 'cluster:remove':
      case 'cluster:promote':
      case 'cluster:demote':
      case 'cluster:replace':
        this.#node(action.input.node);
        this.#members.change(membershipActionOf(action.name), action.input.node, reply);
        return;
      default:
        this.#actNow(action);
        reply(null);
    }
  }

  #actNow(action: LabAction): void {
    switch (action.name) {
      case 'lab:setPace':
        this.trace.record({ type: 'paceChanged', pace: action.input.pace });
        this.world.setPace(action.input.pace);
        return;
      case 'lab:setVariant':
        checkVariantChange(this.world.variant, action.input.variant, this.world.leaseReads);
        this.trace.record({ type: 'variantChanged', variant: action.input.variant });
        this.world.setVariant(action.input.variant);
        return;
      case 'lab:setLeaseReads':
        if (action.input.enabled) checkLeaseReads(this.world.variant);
        this.trace.record({ type: 'leaseReadsChanged', enabled: action.input.enabled });
        this.world.setLeaseReads(action.input.enabled);
        return;
      case 'node:crash':
        this.#crash(action.input.node);
        return;
      case 'node:restart':
        this.#restart(action.input.node);
        return;
      case 'node:pause':
        this.#pause(action.input.node);
        return;
      case 'node:resume':
        this.#resume(action.input.node);
        return;
      case 'node:wipe':
        this.#members.wipe(action.input.node);
        return;
      case 'link:set':
      case 'network:partition':
      case 'network:hold':
      case 'network:heal':
      case 'network:reset':
        this.#changeNetwork(this.#networkEvents(action));
        return;
      case 'next:first':
        this.#next.first(action.input.id);
        return;
      case 'next:lose':
        this.#next.lose(action.input.id);
        return;
      case 'next:double':
        this.#next.double(action.input.id);
        return;
      case 'next:delay':
        this.#next.delay(action.input.id, Math.round(1000 * action.input.byMs));
        return;
      case 'next:hold':
        this.#next.hold(action.input.id);
        return;
      default:
        throw new LabError('internal', `${action.name} does not happen at once`);
    }
  }

  // ---- Links --------------------------------------------------------------------------------------------------------

  #networkEvents(
    action: Extract<LabAction, { readonly name: 'link:set' | `network:${string}` }>,
  ): readonly LabEvent[] {
    switch (action.name) {
      case 'link:set': {
        const { from, to, bothWays, faults } = action.input;
        this.#node(from);
        this.#node(to);
        return this.#network.set(from, to, bothWays, faults);
      }
      case 'network:partition':
        action.input.groups.flat().forEach((name) => this.#node(name));
        return this.#network.divide(action.input.groups);
      case 'network:hold':
        return this.#network.holdAll(action.input.hold);
      case 'network:heal':
        return this.#network.heal();
      case 'network:reset':
        return this.#network.reset();
    }
  }

  #changeNetwork(events: readonly LabEvent[]): void {
    this.trace.record(...events);
    this.world.setFaults((from, to) => this.#network.faultsOf(nodeNameOf(from), nodeNameOf(to)));
  }

  // ---- Nodes --------------------------------------------------------------------------------------------------------

  #newNode(id: NodeId, contents: DiskContents | null = null): SimulatedNode {
    const random = new Random(this.#options.simulation.seed, `node ${id}`);
    const disk = contents === null
      ? new SimulatedDisk(configurationOf(this.#initialVoters)) : SimulatedDisk.holding(contents);
    return new SimulatedNode(this.world, id, disk, random);
  }

  #addNode(id: NodeId): void {
    const name = nodeNameOf(id);
    this.trace.record({ type: 'nodeAdded', name, incarnation: incarnationOf(id) });
    const leader = this.world.nodes.find(({ leads }) => leads);
    this.#changeNetwork(this.#network.addNode(name, leader === undefined ? undefined : nodeNameOf(leader.id)));
    const node = this.#newNode(id);
    this.world.add(node);
    node.start();
  }

  #dropNode(node: SimulatedNode): void {
    const name = nodeNameOf(node.id);
    node.crash('lost');
    this.world.remove(node);
    this.trace.record({ type: 'nodeRemoved', name });
    this.#changeNetwork(this.#network.removeNode(name));
  }

  #replaceDisk(node: SimulatedNode, id: NodeId): void {
    node.crash('lost');
    // No other node can add it: the cluster of one node begins anew.
    if (this.world.nodes.length === 1) this.#initialVoters = [id];
    this.world.remove(node);
    const renewed = this.#newNode(id);
    this.world.add(renewed);
    this.trace.recordOf(id, { type: 'nodeWiped', incarnation: incarnationOf(id) });
    renewed.start();
  }

  #crash(name: NodeName): void {
    const node = this.#node(name);
    if (node.life === 'down' || node.life === 'lost') {
      throw new LabError('node-crashed', `node ${name} has crashed already: restart it`);
    }
    node.crash(this.world.simulation.disk.crashLeaves);
    this.trace.recordOf(node.id, { type: 'nodeCrashed' });
  }

  #restart(name: NodeName): void {
    const node = this.#node(name);
    if (node.life === 'lost') {
      throw new LabError('node-failed', `the disk of ${name} cannot be read: wipe the node, so that it joins anew`);
    }
    if (node.life !== 'down') {
      throw new LabError('node-running', node.life === 'paused'
        ? `node ${name} is paused, not crashed: resume it`
        : `node ${name} is running already: crash it first`);
    }
    node.start();
  }

  #pause(name: NodeName): void {
    const node = this.#running(name);
    node.pause();
    this.trace.recordOf(node.id, { type: 'nodePaused' });
    this.#questions.answers.pause(node.id);
  }

  #resume(name: NodeName): void {
    const node = this.#node(name);
    if (node.life !== 'paused') {
      throw node.life === 'up' ? new LabError('node-running', `node ${name} is not paused`) : notRunning(node);
    }
    this.trace.recordOf(node.id, { type: 'nodeResumed' });
    node.resume();
  }

  #transfer(to: NodeName, reply: ActionReply): void {
    const { id } = this.#running(to);
    this.#members.withLeader((leader) => {
      this.#questions.transferTo(leader, id, reply);
    }, reply);
  }

  #node(name: NodeName): SimulatedNode {
    const node = this.world.node(name);
    if (node === undefined) {
      const names = this.world.nodes.map(({ id }) => nodeNameOf(id)).join(', ');
      throw new LabError('unknown-node', `there is no node ${name} in this lab: it has ${names}`);
    }
    return node;
  }

  #running(name: NodeName): SimulatedNode {
    const node = this.#node(name);
    if (node.life !== 'up') {
      throw notRunning(node);
    }
    return node;
  }
}

function newBeginning(nodeCount: number): LabBeginning {
  const ids = Array.from({ length: nodeCount }, (_, at) => nodeIdOf(at + 1, 1));
  return {
    nodes: ids.map((id) => ({ id, member: 'voter', replaces: null, state: 'running', disk: null })),
    former: [], initialVoters: ids, links: [], partition: null,
  };
}

function heldActionOf(name: `message:${HeldAction}`): HeldAction {
  switch (name) {
    case 'message:deliver':
      return 'deliver';
    case 'message:lose':
      return 'lose';
    case 'message:double':
      return 'double';
  }
}

function membershipActionOf(name: `cluster:${'remove' | 'promote' | 'demote' | 'replace'}`) {
  switch (name) {
    case 'cluster:remove':
      return 'remove';
    case 'cluster:promote':
      return 'promote';
    case 'cluster:demote':
      return 'demote';
    case 'cluster:replace':
      return 'replace';
  }
}

function notRunning({ id, life }: { readonly id: NodeId; readonly life: NodeLife }): LabError {
  const name = nodeNameOf(id);
  return life === 'paused'
    ? new LabError('node-paused', `node ${name} is paused: resume it or ask another node`)
    : new LabError('node-crashed', `node ${name} has crashed: restart it or ask another node`);
}
