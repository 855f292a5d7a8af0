/**
 * A lab whose nodes are simulated: real servers in virtual time, which goes on only as far as it is let. Everything in
 * it follows from its seed and from what was asked of it at which moment.
 */
import type { AttachAnswer, DiskPage, LabSummary, NodeKvPage, SessionsPage } from '../../contract/answers.ts';
import type { HeldAction } from '../../contract/commands.ts';
import { LabError } from '../../contract/errors.ts';
import { configurationOf, type NodeId } from '../../raft/index.ts';
import { LabNetwork } from '../../server/net/labNetwork.ts';
import type { KvRequest, ServerAnswer } from '../../server/protocol.ts';
import type { Hold, LabEvent, LinkFaults, Pace, TraceEvent } from '../../trace/events.ts';
import { LabTrace } from '../../trace/labTrace.ts';
import { type NodeName, nodeIdOf, nodeNameOf } from '../../trace/names.ts';
import { SimulatedDisk } from '../disk.ts';
import { Random } from '../random.ts';
import { type NodeLife, SimulatedNode } from '../simulatedNode.ts';
import { diskPageOf } from './diskPage.ts';
import { LabWorld, type LabWorldOptions } from './labWorld.ts';
import { PendingAnswers, type QuestionTerms, type Settled } from './pendingAnswers.ts';
import { termsOfCommand, termsOfRequest } from './questionTerms.ts';

export interface SimulatedLabOptions extends LabWorldOptions {
  readonly name: string;
  readonly nodeCount: number;
  readonly onEvents: (events: readonly TraceEvent[]) => void;
}

/** How many events a window gets when it attaches; it asks for older ones page by page. */
const RECENT_EVENTS = 1000;

export class SimulatedLab {
  readonly trace: LabTrace;
  readonly #options: SimulatedLabOptions;
  readonly #world: LabWorld;
  readonly #network: LabNetwork;
  readonly #answers: PendingAnswers;
  #name: string;

  constructor(options: SimulatedLabOptions) {
    this.#options = options;
    this.#name = options.name;
    const names = Array.from({ length: options.nodeCount }, (_, at): NodeName => `n${at + 1}`);
    this.#world = new LabWorld(options, {
      onEvent: (node, event) => this.trace.recordBatch(node.id, [event], 0),
      onAnswer: (answer) => this.#answers.settle(answer),
      onStopped: (node) => this.#answers.lose(node.id),
    });
    this.#answers = new PendingAnswers(this.#world.schedule);
    this.trace = new LabTrace(() => this.#world.nowMs, options.onEvents);
    this.#network = new LabNetwork(names, [], null);
    this.trace.record({
      type: 'labOpened', labId: options.labId, name: options.name, pace: options.pace, nodes: names, leaseReads: false,
    });
    const first = configurationOf(names.map((_, at) => nodeIdOf(at + 1, 1)));
    for (const id of first.voters) {
      this.#world.add(new SimulatedNode(
        this.#world, id, new SimulatedDisk(first), new Random(options.seed, `node ${id}`),
      ));
    }
  }

  // ---- Time ---------------------------------------------------------------------------------------------------------

  /** Lets virtual time go on. */
  run(forMs: number): void {
    this.#world.run(forMs);
  }

  /** Its time ends: whoever waits for an answer learns that none will come. */
  close(): void {
    this.#answers.close();
  }

  // ---- The lab ------------------------------------------------------------------------------------------------------

  get summary(): Pick<LabSummary, 'labId' | 'name' | 'nodeCount' | 'pace'> {
    const { labId, nodeCount } = this.#options;
    return { labId, name: this.#name, nodeCount, pace: this.#world.pace };
  }

  attach(): AttachAnswer {
    return { view: structuredClone(this.trace.view), recentEvents: this.trace.recent(RECENT_EVENTS) };
  }

  rename(name: string): void {
    this.#name = name;
    this.trace.record({ type: 'labRenamed', name });
  }

  setPace(pace: Pace): void {
    this.trace.record({ type: 'paceChanged', pace });
    this.#world.setPace(pace);
  }

  setLeaseReads(enabled: boolean): void {
    this.trace.record({ type: 'leaseReadsChanged', enabled });
    this.#world.setLeaseReads(enabled);
  }

  // ---- Links --------------------------------------------------------------------------------------------------------

  setLink(from: NodeName, to: NodeName, bothWays: boolean, faults: LinkFaults): void {
    this.#node(from);
    this.#node(to);
    this.#changeNetwork(this.#network.set(from, to, bothWays, faults));
  }

  /** Sets what every link holds. */
  holdAll(hold: Hold): void {
    this.#changeNetwork(this.#network.holdAll(hold));
  }

  partition(groups: readonly (readonly NodeName[])[]): void {
    groups.flat().forEach((name) => this.#node(name));
    this.#changeNetwork(this.#network.divide(groups));
  }

  heal(): void {
    this.#changeNetwork(this.#network.heal());
  }

  resetNetwork(): void {
    this.#changeNetwork(this.#network.reset());
  }

  #changeNetwork(events: readonly LabEvent[]): void {
    this.trace.record(...events);
    this.#world.setFaults((from, to) => this.#network.faultsOf(nodeNameOf(from), nodeNameOf(to)));
  }

  // ---- Nodes --------------------------------------------------------------------------------------------------------

  crash(name: NodeName): void {
    const node = this.#node(name);
    if (node.life === 'down') {
      throw new LabError('node-crashed', `node ${name} has crashed already: restart it`);
    }
    node.crash('lost');
    this.trace.recordOf(node.id, { type: 'nodeCrashed' });
  }

  restart(name: NodeName): void {
    const node = this.#node(name);
    if (node.life !== 'down') {
      throw new LabError('node-running', node.life === 'paused'
        ? `node ${name} is paused, not crashed: resume it`
        : `node ${name} is running already: crash it first`);
    }
    node.start();
  }

  pause(name: NodeName): void {
    const node = this.#running(name);
    node.pause();
    this.#answers.pause(node.id);
    this.trace.recordOf(node.id, { type: 'nodePaused' });
  }

  resume(name: NodeName): void {
    const node = this.#node(name);
    if (node.life !== 'paused') {
      throw node.life === 'up' ? new LabError('node-running', `node ${name} is not paused`) : notRunning(node);
    }
    this.trace.recordOf(node.id, { type: 'nodeResumed' });
    node.resume();
  }

  // ---- Requests -----------------------------------------------------------------------------------------------------

  kv(name: NodeName, request: KvRequest): Promise<Settled<'kvAnswer'>> {
    const terms = termsOfCommand(name, request);
    return this.#ask(name, 'kvAnswer', (requestId) => ({ type: 'kv', requestId, request }), terms);
  }

  compact(name: NodeName): Promise<Settled<'done'>> {
    return this.#ask(name, 'done', (requestId) => ({ type: 'compact', requestId }));
  }

  forgetLeader(name: NodeName): Promise<Settled<'done'>> {
    return this.#ask(name, 'done', (requestId) => ({ type: 'forgetLeader', requestId }));
  }

  transfer(to: NodeName): Promise<Settled<'leadershipTransferred'>> {
    const { id } = this.#running(to);
    const leader = this.#world.leader();
    if (leader === undefined) {
      throw new LabError('no-leader', 'no node leads at the moment: wait for the election');
    }
    return this.#ask(nodeNameOf(leader.id), 'leadershipTransferred', (requestId) => (
      { type: 'transferLeadership', requestId, to: id }
    ));
  }

  /** Delivers, loses or doubles a message that a node holds. */
  actOnHeld(name: NodeName, action: HeldAction, messageId: string): Promise<Settled<'done'>> {
    return this.#ask(name, 'done', (requestId) => ({ type: 'heldMessage', requestId, action, messageId }));
  }

  kvPage(name: NodeName, prefix: string, limit: number): NodeKvPage {
    return this.#running(name).applier.page(prefix, limit);
  }

  sessions(name: NodeName, limit: number): SessionsPage {
    return this.#running(name).applier.sessionsPage(limit);
  }

  /** What is on a node's disk. @param fromIndex rows come in descending order from here; undefined: the log's end */
  disk(name: NodeName, fromIndex: number | undefined, count: number): DiskPage {
    return diskPageOf(this.#options.labId, this.#node(name), fromIndex, count);
  }

  #ask<Type extends ServerAnswer['type']>(
    name: NodeName, type: Type, request: (requestId: number) => Parameters<SimulatedNode['handle']>[0],
    terms: QuestionTerms = termsOfRequest(name),
  ): Promise<Settled<Type>> {
    const node = this.#running(name);
    return this.#answers.ask(node.id, type, terms, (requestId) => node.handle(request(requestId)));
  }

  #node(name: NodeName): SimulatedNode {
    const node = this.#world.node(name);
    if (node === undefined) {
      const names = this.#world.nodes.map(({ id }) => nodeNameOf(id)).join(', ');
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

function notRunning({ id, life }: { readonly id: NodeId; readonly life: NodeLife }): LabError {
  const name = nodeNameOf(id);
  return life === 'paused'
    ? new LabError('node-paused', `node ${name} is paused: resume it or ask another node`)
    : new LabError('node-crashed', `node ${name} has crashed: restart it or ask another node`);
}
