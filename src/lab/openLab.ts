/** The open lab: its nodes, its network, its trace, and what lab.json keeps of it. */
import { join } from 'node:path';
import type { AttachAnswer, LabSummary } from '../contract/answers.ts';
import type { CommandInput } from '../contract/commands.ts';
import { LabError } from '../contract/errors.ts';
import type { FolderLock } from '../node/storage/lock.ts';
import type { NodeId } from '../raft/types.ts';
import type { LabEvent, Pace, TraceEvent } from '../trace/events.ts';
import type { NodeName } from '../trace/names.ts';
import { LOOPBACK } from '../trace/network.ts';
import type { DatabaseReader } from './disk/databaseReader.ts';
import { labFileIn, summaryOf } from './files/labFile.ts';
import type { LabFile, LabFileNode } from './files/labFile.ts';
import { LabFileWriter } from './files/labFileWriter.ts';
import { GivenPromises } from './membership/givenPromises.ts';
import { LabLeadership } from './membership/labLeadership.ts';
import type { NodeBinding } from './nodes/labMachine.ts';
import { LabMachines } from './nodes/labMachines.ts';
import { LabMembers } from './membership/labMembers.ts';
import { LabNetwork } from '../server/net/labNetwork.ts';
import { LabNode } from './nodes/labNode.ts';
import { LabNodes } from './nodes/labNodes.ts';
import type { LabStore, TakenLab } from './files/labStore.ts';
import { LabDoor } from './labDoor.ts';
import { LabVariant } from './labVariant.ts';
import { LabTrace, RECENT_EVENTS } from '../trace/labTrace.ts';
import { leaderIn } from '../membership/configurationInView.ts';
import { leaderCalls, NodesAsLeaders } from './membership/leaderRequests.ts';
import { MembershipKeeper } from '../membership/membershipKeeper.ts';
import { localPlace } from './nodes/nodePlace.ts';
import { NodeRequests } from './nodes/nodeRequests.ts';
import { KV_TIMEOUT_MS, MEMBERSHIP_WITHIN_MS } from '../server/patience.ts';
import { until } from './membership/until.ts';
import type { LabHistory } from './recording/labHistory.ts';
import { RECORDING_FILE } from './recording/schema.ts';
import type { LabLog } from './service.ts';
import { clockMs } from '../node/clock.ts';
import { MACHINE_CLOCK } from '../node/machine.ts';

export interface OpenLabOptions {
  readonly store: LabStore;
  readonly nodeWorkerUrl: URL | string;
  readonly reader: DatabaseReader;
  readonly log: LabLog;
  readonly onEvents: (events: readonly TraceEvent[]) => void;
  /** Records what happens. Absent: nobody does. */
  readonly history?: LabHistory;
}

export class OpenLab {
  readonly labId: string;
  readonly #options: OpenLabOptions;
  #file: LabFile;
  readonly #lock: FolderLock;
  readonly #trace: LabTrace;
  readonly #network: LabNetwork;
  readonly nodes = new LabNodes((from, to) => this.#network.faultsOf(from, to));
  readonly requests: NodeRequests;
  readonly leadership: LabLeadership;
  readonly variant: LabVariant;
  readonly door: LabDoor;
  readonly #promises = new GivenPromises();
  readonly #membership: MembershipKeeper;
  readonly members: LabMembers;
  readonly machines: LabMachines;
  readonly #writer: LabFileWriter;
  #pace: Pace;
  #initialVoters: readonly NodeId[];
  #binding: NodeBinding | undefined;
  readonly #followers = new Set<(events: readonly TraceEvent[]) => void>();
  #isClosing = false;
  /** The last event has been recorded. */
  #isOver = false;

  /**
   * Opens a lab that was taken and starts its nodes as they were left. Does not wait until they run.
   * @throws {LabError} when lab.json cannot be written; then the lab is released
   */
  static async open({ file, lock }: TakenLab, options: OpenLabOptions): Promise<OpenLab> {
    try {
      const lab = new OpenLab({ ...file, openedAtMs: clockMs() }, lock, options);
      await lab.#writer.write();
      options.history?.begin(join(options.store.folderOf(file.labId), RECORDING_FILE), file.name);
      lab.#begin();
      return lab;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  private constructor(file: LabFile, lock: FolderLock, options: OpenLabOptions) {
    this.labId = file.labId;
    this.#file = file;
    this.#lock = lock;
    this.#options = options;
    this.#pace = file.pace;
    this.#initialVoters = file.initialVoters;
    this.#trace = new LabTrace(clockMs, (events) => {
      if (this.#isOver) {
        return; // nobody looks at a closed lab's late events
      }
      options.onEvents(events);
      options.history?.addEvents(events);
      this.#followers.forEach((listener) => listener(events));
      this.#membership.onEvents(events);
    });
    this.machines = new LabMachines(this.nodes.byName, () => (
      localPlace({
        workerUrl: options.nodeWorkerUrl,
        labId: file.labId,
        folder: options.store.folderOf(file.labId),
        address: this.#binding?.address ?? LOOPBACK,
        reader: options.reader,
      })
    ));
    for (const kept of file.nodes) {
      this.#makeNode(kept);
    }
    this.#network = new LabNetwork([...this.nodes.byName.keys()], file.links, file.partition);
    const requests = new NodesAsLeaders(this.nodes);
    this.#membership = new MembershipKeeper({
      view: this.#trace.view,
      wishes: () => this.members.wishes,
      data: () => this.members.data,
      leader: leaderCalls(requests),
      clock: MACHINE_CLOCK,
      emit: ({ id, ...step }) => this.#trace.recordOf(id, step),
      onGone: (id) => this.members.onGone(id),
    });
    this.members = new LabMembers(file.former, {
      view: this.#trace.view,
      nodes: this.nodes.byName,
      keeper: this.#membership,
      requests,
      node: (name) => this.nodes.named(name),
      addNode: (kept) => this.#addNode(kept),
      dropNode: (node) => this.#dropNode(node),
      record: (...events) => this.#trace.record(...events),
      emitLeft: (id, detail) => this.#trace.recordOf(id, { type: 'nodeLeaving', step: 'removed', detail }),
      save: () => this.#writer.write(),
      reportFailure: (what, error) => options.log.error(`${what}: ${String(error)}`),
      leaderWithinMs: () => KV_TIMEOUT_MS[this.#pace],
      answerWithinMs: () => MEMBERSHIP_WITHIN_MS[this.#pace],
    });
    this.leadership = new LabLeadership(file.leaseReads, {
      view: this.#trace.view,
      nodes: this.nodes,
      requests,
      variant: () => this.variant.now,
      onLeasesEnded: () => this.#promises.ended(this.#pace),
      leader: () => this.members.leader(),
      until: (isSo, limitMs) => until(this.#membership, isSo, limitMs),
      record: (event) => this.#trace.record(event),
      save: () => this.#writer.writeOrReport(),
    });
    this.variant = new LabVariant(file.variant, {
      nodes: this.nodes,
      leaseReads: () => this.leadership.leaseReads,
      record: (event) => this.#trace.record(event),
      save: () => this.#writer.writeOrReport(),
    });
    this.door = new LabDoor(file.door, {
      nodes: this.nodes,
      password: () => this.#binding?.doorPassword,
      record: (event) => this.#trace.record(event),
      save: () => this.#writer.writeOrReport(),
    });
    this.requests = new NodeRequests(this.nodes, () => this.#pace);
    this.#writer = new LabFileWriter(labFileIn(options.store.folderOf(file.labId)), () => this.#kept, options.log);
  }

  get name(): string {
    return this.#file.name;
  }

  get summary(): LabSummary {
    return {
      ...summaryOf(this.#file), nodeCount: this.nodes.byName.size, pace: this.#pace, variant: this.variant.now,
      isOpen: true,
    };
  }

  attach(): AttachAnswer {
    return { view: structuredClone(this.#trace.view), recentEvents: this.#trace.recent(RECENT_EVENTS) };
  }

  page({ beforeSeq, count }: CommandInput<'events:page'>): readonly TraceEvent[] {
    return this.#trace.page(beforeSeq, count);
  }

  /** @throws {LabError} when lab.json cannot be written: then it keeps its name */
  async rename(name: string): Promise<void> {
    const former = this.#file;
    this.#file = { ...former, name };
    try {
      await this.#writer.write();
    } catch (error) {
      this.#file = former;
      throw error;
    }
    this.#trace.record({ type: 'labRenamed', name });
  }

  setPace(pace: Pace): void {
    if (this.leadership.leaseReads) {
      this.#promises.ended(this.#pace);
    }
    this.#pace = pace;
    this.#trace.record({ type: 'paceChanged', pace });
    this.nodes.post({ type: 'pace', pace });
    void this.#writer.writeOrReport();
  }

  /** @throws {LabError} `refused` when it would leave no majority with its data */
  wipe(name: NodeName): Promise<void> {
    return this.members.wipe(name, (id) => {
      // No other node can add it: the cluster of one node begins anew.
      this.#initialVoters = [id];
    });
  }

  /**
   * Binds the nodes of this machine to an address, or back to loopback: they stop cleanly and start again. If only the
   * secret has changed, all nodes switch to it while they run.
   * @throws {LabError} that names the nodes that could not be bound; the others are bound. The next call tries again
   */
  async bind(binding: NodeBinding | undefined): Promise<void> {
    const here = this.nodes.all.filter(({ machine }) => machine === null);
    const isAtAddress = binding !== undefined && binding.address === this.#binding?.address;
    this.#binding = binding;
    if (isAtAddress && !here.some(({ isUnbound }) => isUnbound)) {
      this.nodes.post({ type: 'secret', datagramSecret: binding.secret });
      this.door.tell();
      return;
    }
    const outcomes = await Promise.allSettled(here.map((node) => node.rebind()));
    const failed = outcomes.flatMap((outcome, at) => (
      outcome.status === 'rejected' ? [{ name: here[at]?.name ?? '?', reason: messageOf(outcome.reason) }] : []
    ));
    if (failed.length > 0) {
      throw new LabError(
        'refused', `${failed.map(({ name }) => name).join(', ')} cannot be reached at ${binding?.address ?? LOOPBACK} `
        + `(${failed[0]?.reason ?? ''})`,
      );
    }
  }

  /** Calls back with every event from now on, until the returned function is called or the lab is closed. */
  subscribe(listener: (events: readonly TraceEvent[]) => void): () => void {
    this.#followers.add(listener);
    return () => this.#followers.delete(listener);
  }

  /** Records an event of the LAN in the trace. */
  record(event: LabEvent): void {
    this.#trace.record(event);
  }

  setLink({ from, to, bothWays, faults }: CommandInput<'link:set'>): void {
    this.nodes.named(from);
    this.nodes.named(to);
    this.#changeNetwork(this.#network.set(from, to, bothWays, faults));
  }

  /** Sets what every link holds. */
  holdAll({ hold }: CommandInput<'network:hold'>): void {
    this.#changeNetwork(this.#network.holdAll(hold));
  }

  partition({ groups }: CommandInput<'network:partition'>): void {
    groups.flat().forEach((name) => this.nodes.named(name));
    this.#changeNetwork(this.#network.divide(groups));
  }

  heal(): void {
    this.#changeNetwork(this.#network.heal());
  }

  resetNetwork(): void {
    this.#changeNetwork(this.#network.reset());
  }

  /** Stops the nodes cleanly, in bounded time, saves lab.json and releases the folder. */
  async close(): Promise<void> {
    if (this.#isClosing) {
      return;
    }
    this.#isClosing = true;
    this.#membership.close();
    await Promise.all(this.nodes.all.map((node) => node.close()));
    await this.#writer.close();
    this.#trace.record({ type: 'labClosed' });
    this.#isOver = true;
    await this.#options.history?.end();
    this.#lock.release();
  }

  #begin(): void {
    const { leaseReads } = this.leadership;
    const { labId, name } = this.#file;
    const nodes = [...this.nodes.byName.keys()];
    const incarnations = this.#file.nodes.map(({ incarnation }) => incarnation);
    this.#trace.record(
      {
        type: 'labOpened', labId, name, pace: this.#pace, nodes, incarnations, leaseReads, variant: this.variant.now,
        door: this.door.now,
      },
      ...this.#network.events(),
    );
    for (const kept of this.#file.nodes) {
      this.nodes.named(`n${kept.number}`).resumeKept(kept.state);
    }
  }

  #makeNode(kept: LabFileNode): LabNode {
    const node: LabNode = new LabNode(kept, {
      labId: this.labId,
      folder: this.#options.store.folderOf(this.labId),
      place: () => this.machines.placeOf(node.machine),
      datagramSecret: () => this.#binding?.secret,
      pace: () => this.#pace,
      leaseReads: () => this.leadership.leaseReads,
      variant: () => this.variant.now,
      door: () => this.door.order,
      promisedMs: () => this.#promises.leftMs(this.leadership.leaseReads, this.#pace),
      initialVoters: () => this.#initialVoters,
      compaction: this.#file.compaction,
      dataBytesMax: this.#file.dataBytesMax,
      faultsFrom: (name) => this.nodes.faultsFrom(name),
      peers: () => this.nodes.peers(),
      onEvents: (id, events, dropped) => {
        // Late events from the thread of a removed node would bring the node back into the view.
        if (this.nodes.byName.get(node.name) === node) {
          this.#trace.recordBatch(id, events, dropped);
        }
      },
      onOperations: (operations) => {
        if (!this.#isOver) this.#options.history?.addOperations(operations);
      },
      emit: (id, event) => this.#trace.recordOf(id, event),
      onChanged: () => this.#onNodeChanged(),
      save: () => this.#writer.write(),
    });
    this.nodes.byName.set(node.name, node);
    return node;
  }

  /** @throws {LabError} while the lab is being closed */
  #addNode(kept: LabFileNode): LabNode {
    if (this.#isClosing) {
      throw new LabError('no-open-lab', 'the lab is being closed: open it again first');
    }
    const node = this.#makeNode(kept);
    this.#trace.record({ type: 'nodeAdded', name: node.name, incarnation: node.incarnation });
    this.#changeNetwork(this.#network.addNode(node.name, leaderIn(this.#trace.view)?.name));
    return node;
  }

  #dropNode(node: LabNode): void {
    this.nodes.byName.delete(node.name);
    this.#trace.record({ type: 'nodeRemoved', name: node.name });
    this.#changeNetwork(this.#network.removeNode(node.name));
  }

  #changeNetwork(events: readonly LabEvent[]): void {
    this.#trace.record(...events);
    this.nodes.tellOfEachOther();
    void this.#writer.writeOrReport();
  }

  #onNodeChanged(): void {
    this.nodes.tellOfEachOther();
    if (!this.#isClosing) {
      void this.#writer.writeOrReport();
    }
  }

  /** What lab.json keeps. */
  get #kept(): LabFile {
    return {
      ...this.#file,
      pace: this.#pace,
      leaseReads: this.leadership.leaseReads,
      variant: this.variant.now,
      door: this.door.now,
      former: this.members.former,
      nodes: this.nodes.all.map((node) => node.kept),
      initialVoters: [...this.#initialVoters],
      links: [...this.#network.links],
      partition: this.#network.partition?.map((group) => [...group]) ?? null,
    };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
