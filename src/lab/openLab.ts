/** The lab that is open: its nodes, its network, its trace, and what is kept of it in lab.json. */
import type {
  AttachAnswer, KvAnswer, LabSummary, NodeKvPage, SessionsPage, TransferAnswer,
} from '../contract/answers.ts';
import type { CommandInput } from '../contract/commands.ts';
import { LabError } from '../contract/errors.ts';
import type { LabErrorData } from '../contract/errors.ts';
import { tryLockFolder } from '../node/storage/lock.ts';
import type { FolderLock } from '../node/storage/lock.ts';
import type { NodeId } from '../raft/types.ts';
import type { LabEvent, LinkFaults, Pace, TraceEvent } from '../trace/events.ts';
import { isFaultless } from '../trace/fold.ts';
import type { NodeName } from '../trace/names.ts';
import { askNode } from './askNode.ts';
import type { LabFile, LabFileNode } from './labFile.ts';
import type { LanBinding } from './lan/lanService.ts';
import { LabMachines } from './lan/labMachines.ts';
import { LabMembers } from './labMembers.ts';
import { LabNetwork } from './labNetwork.ts';
import { LabNode } from './labNode.ts';
import { localPlace } from './nodePlace.ts';
import type { LabStore } from './labStore.ts';
import { LabTrace } from './labTrace.ts';
import { canLose, leaderIn } from './membership.ts';
import { MembershipKeeper } from './membershipKeeper.ts';
import { SerialQueue } from './serialQueue.ts';
import type { LabLog } from './service.ts';

const LOOPBACK = '127.0.0.1';
const LOCK_FILE = 'lab.lock';
/** What a window that attaches starts from; it asks for older events by the page. */
const RECENT_EVENTS = 1000;
/** How long a command may take: about two elections in a row. */
const KV_TIMEOUT_MS: Readonly<Record<Pace, number>> = { fast: 2000, class: 8000, slow: 25_000 };
/** What the nodes tell of themselves comes in batches, behind their answers. */
const VIEW_WITHIN_MS = 1000;
/** How long a membership command waits for the change to be complete; then it goes on by itself. */
const MEMBERSHIP_WITHIN_MS: Readonly<Record<Pace, number>> = { fast: 5000, class: 15_000, slow: 40_000 };

export interface OpenLabOptions {
  readonly store: LabStore;
  readonly nodeWorkerUrl: URL | string;
  readonly log: LabLog;
  readonly onEvents: (events: readonly TraceEvent[]) => void;
}

export class OpenLab {
  readonly labId: string;
  readonly #options: OpenLabOptions;
  readonly #file: LabFile;
  readonly #lock: FolderLock;
  readonly #trace: LabTrace;
  readonly #network: LabNetwork;
  readonly #nodes = new Map<NodeName, LabNode>();
  readonly #membership: MembershipKeeper;
  readonly members: LabMembers;
  readonly machines: LabMachines;
  /** Changes of the lease and what must not happen beside them. */
  readonly #leaseQueue = new SerialQueue();
  #pace: Pace;
  #leaseReads: boolean;
  #initialVoters: readonly NodeId[];
  #saving: Promise<void> = Promise.resolve();
  #saveIsQueued = false;
  #lan: LanBinding | undefined;
  #isClosing = false;

  /**
   * Opens a lab and starts its nodes as they were left. Does not wait until they run.
   * @throws {LabError} `lab-in-use` when another Raftlab has it open
   */
  static async open(file: LabFile, options: OpenLabOptions): Promise<OpenLab> {
    const lock = tryLockFolder(options.store.folderOf(file.labId), LOCK_FILE);
    if (lock === undefined) {
      throw new LabError(
        'lab-in-use', `the lab “${file.name}” is open in another Raftlab: close it there, or open another lab`,
      );
    }
    const lab = new OpenLab({ ...file, openedAtMs: Date.now() }, lock, options);
    try {
      await lab.#save();
    } catch (error) {
      lock.release();
      throw error;
    }
    lab.#begin();
    return lab;
  }

  private constructor(file: LabFile, lock: FolderLock, options: OpenLabOptions) {
    this.labId = file.labId;
    this.#file = file;
    this.#lock = lock;
    this.#options = options;
    this.#pace = file.pace;
    this.#leaseReads = file.leaseReads;
    this.#initialVoters = file.initialVoters;
    this.#trace = new LabTrace((events) => {
      options.onEvents(events);
      this.#membership.onEvents(events);
    });
    this.machines = new LabMachines(this.#nodes, () => (
      localPlace(options.nodeWorkerUrl, options.store.folderOf(file.labId), this.#lan?.address ?? LOOPBACK)
    ));
    for (const kept of file.nodes) {
      this.#makeNode(kept);
    }
    this.#network = new LabNetwork([...this.#nodes.keys()], file.links, file.partition);
    this.#membership = new MembershipKeeper({
      view: this.#trace.view,
      wishes: () => this.members.wishes,
      change: async (leader, change) => {
        const thread = await this.#node(leader).running();
        await thread.changeConfiguration(change, endedBeforeAnswer(leader));
      },
      transfer: (leader, to) => this.#transferTo(leader, to),
      emit: ({ id, ...step }) => this.#trace.recordOf(id, step),
      onGone: (id) => this.members.onGone(id),
    });
    this.members = new LabMembers(file.former, {
      view: this.#trace.view,
      nodes: this.#nodes,
      keeper: this.#membership,
      node: (name) => this.#node(name),
      addNode: (kept) => this.#addNode(kept),
      dropNode: (node) => this.#dropNode(node),
      record: (...events) => this.#trace.record(...events),
      emitLeft: (id, detail) => this.#trace.recordOf(id, { type: 'nodeLeaving', step: 'removed', detail }),
      save: () => this.#save(),
      reportFailure: (what, error) => options.log.error(`${what}: ${String(error)}`),
      leaderWithinMs: () => KV_TIMEOUT_MS[this.#pace],
      answerWithinMs: () => MEMBERSHIP_WITHIN_MS[this.#pace],
    });
  }

  get name(): string {
    return this.#file.name;
  }

  get summary(): LabSummary {
    return { ...summaryOf(this.#file), nodeCount: this.#nodes.size, pace: this.#pace, isOpen: true };
  }

  attach(): AttachAnswer {
    return { view: structuredClone(this.#trace.view), recentEvents: this.#trace.recent(RECENT_EVENTS) };
  }

  page({ beforeSeq, count }: CommandInput<'events:page'>): readonly TraceEvent[] {
    return this.#trace.page(beforeSeq, count);
  }

  setPace(pace: Pace): void {
    this.#pace = pace;
    this.#trace.record({ type: 'paceChanged', pace });
    for (const node of this.#nodes.values()) {
      node.threadIfAny?.post({ type: 'pace', pace });
    }
    this.#saveSoon();
  }

  /** Lease reads rest on every node: all are told before the answer, and none forgets its leader meanwhile. */
  setLeaseReads(enabled: boolean): Promise<void> {
    return this.#leaseQueue.run(async () => {
      this.#leaseReads = enabled;
      this.#trace.record({ type: 'leaseReadsChanged', enabled });
      for (const node of this.#nodes.values()) {
        node.threadIfAny?.post({ type: 'leaseReads', enabled });
      }
      await this.#save().catch((error: unknown) => this.#reportSaveFailure(error));
    });
  }

  /** @throws {LabError} when nobody leads, `to` cannot lead, or it does not come about in time */
  async transfer(to: NodeName): Promise<TransferAnswer> {
    const { id } = this.#node(to);
    await this.#node(to).running();
    const answer = await this.#transferTo((await this.members.leader()).name, id);
    // The view lags behind the node's answer; the next command is to find the new leader in it.
    await this.#membership.until(() => leaderIn(this.#trace.view)?.id === id, VIEW_WITHIN_MS);
    return answer;
  }

  /** @throws {LabError} when the node leads, or must not forget its leader */
  forgetLeader(name: NodeName): Promise<void> {
    return this.#leaseQueue.run(async () => {
      const thread = await this.#node(name).running();
      await thread.forgetLeader(endedBeforeAnswer(name));
    });
  }

  async crash(name: NodeName): Promise<void> {
    await this.#node(name).crash();
  }

  async restart(name: NodeName): Promise<void> {
    await this.#node(name).restart();
  }

  async pause(name: NodeName): Promise<void> {
    await this.#node(name).pause();
  }

  async resume(name: NodeName): Promise<void> {
    await this.#node(name).resume();
  }

  /** @throws {LabError} `refused` when too little data would be left for a majority ever again */
  async wipe(name: NodeName): Promise<void> {
    const node = this.#node(name);
    const isAlone = this.#nodes.size === 1;
    const voters = [...this.#nodes.values()].filter(({ member }) => member === 'voter').map(({ id }) => id);
    if (!isAlone && !canLose(this.#trace.view, node.id, voters)) {
      throw new LabError(
        'refused',
        `wiping ${name} now would leave no majority with its data, and no leader could ever be elected again: `
        + 'wait until the nodes that were wiped before are voters again, or delete the lab',
      );
    }
    await node.wipe((id) => {
      if (isAlone) {
        // Nobody is left to take it in: the cluster of one begins anew.
        this.#initialVoters = [id];
      }
    });
  }

  /** @throws {LabError} when the node cannot be asked, or ends before it is done */
  async compact(name: NodeName): Promise<void> {
    const thread = await this.#node(name).running();
    await thread.compact({ code: 'node-crashed', message: `${name} ended before its log was compacted: restart it` });
  }

  /**
   * Binds the nodes of this machine to an address of the LAN, or back to loopback: they end cleanly and come back.
   * Where only the secret is another one, all nodes go over to it as they run.
   */
  async setLan(lan: LanBinding | undefined): Promise<void> {
    const isAtAddress = lan !== undefined && lan.address === this.#lan?.address;
    this.#lan = lan;
    if (isAtAddress) {
      for (const node of this.#nodes.values()) {
        node.threadIfAny?.post({ type: 'secret', datagramSecret: lan.secret });
      }
      return;
    }
    const here = [...this.#nodes.values()].filter(({ machine }) => machine === null);
    await Promise.all(here.map((node) => node.rebind()));
  }

  /** Something of the LAN that belongs in the trace. */
  record(event: LabEvent): void {
    this.#trace.record(event);
  }

  setLink({ from, to, bothWays, faults }: CommandInput<'link:set'>): void {
    this.#node(from);
    this.#node(to);
    this.#changeNetwork(this.#network.set(from, to, bothWays, faults));
  }

  partition({ groups }: CommandInput<'network:partition'>): void {
    groups.flat().forEach((name) => this.#node(name));
    this.#changeNetwork(this.#network.divide(groups));
  }

  heal(): void {
    this.#changeNetwork(this.#network.heal());
  }

  resetNetwork(): void {
    this.#changeNetwork(this.#network.reset());
  }

  async kv(input: CommandInput<'kv:execute'>): Promise<KvAnswer> {
    const thread = await this.#node(input.node).running();
    return askNode(thread, input, KV_TIMEOUT_MS[this.#pace]);
  }

  async kvPage({ node: name, prefix, limit }: CommandInput<'node:kv'>): Promise<NodeKvPage> {
    const thread = await this.#node(name).running();
    return thread.kvPage(prefix, limit, endedBeforeAnswer(name));
  }

  async sessions({ node: name, limit }: CommandInput<'node:sessions'>): Promise<SessionsPage> {
    const thread = await this.#node(name).running();
    return thread.sessions(limit, endedBeforeAnswer(name));
  }

  databasePathOf(name: NodeName): string {
    return this.#node(name).databasePath;
  }

  /** Stops the nodes cleanly, in bounded time, saves lab.json and lets go of the folder. */
  async close(): Promise<void> {
    if (this.#isClosing) {
      return;
    }
    this.#isClosing = true;
    this.#membership.close();
    await this.#save().catch((error: unknown) => this.#reportSaveFailure(error));
    await Promise.all([...this.#nodes.values()].map((node) => node.close()));
    this.#trace.record({ type: 'labClosed' });
    this.#lock.release();
  }

  #begin(): void {
    const { labId, name } = this.#file;
    const nodes = [...this.#nodes.keys()];
    const incarnations = this.#file.nodes.map(({ incarnation }) => incarnation);
    this.#trace.record(
      { type: 'labOpened', labId, name, pace: this.#pace, nodes, incarnations, leaseReads: this.#leaseReads },
      ...this.#network.events(),
    );
    for (const kept of this.#file.nodes) {
      this.#node(`n${kept.number}`).resumeKept(kept.state);
    }
  }

  #makeNode(kept: LabFileNode): LabNode {
    const node: LabNode = new LabNode(kept, {
      labId: this.labId,
      folder: this.#options.store.folderOf(this.labId),
      place: () => this.machines.placeOf(node.machine),
      datagramSecret: () => this.#lan?.secret,
      pace: () => this.#pace,
      leaseReads: () => this.#leaseReads,
      initialVoters: () => this.#initialVoters,
      compaction: this.#file.compaction,
      faultsFrom: (name) => this.#faultsFrom(name),
      peers: () => this.#peers(),
      onEvents: (id, events, dropped) => {
        // What the thread of a node that was removed had still to say would bring it back into the picture.
        if (this.#nodes.get(node.name) === node) {
          this.#trace.recordBatch(id, events, dropped);
        }
      },
      emit: (id, event) => this.#trace.recordOf(id, event),
      onChanged: () => this.#onNodeChanged(),
    });
    this.#nodes.set(node.name, node);
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
    this.#nodes.delete(node.name);
    this.#trace.record({ type: 'nodeRemoved', name: node.name });
    this.#changeNetwork(this.#network.removeNode(node.name));
  }

  async #transferTo(leader: NodeName, to: NodeId): Promise<TransferAnswer> {
    const thread = await this.#node(leader).running();
    return thread.transferLeadership(to, endedBeforeAnswer(leader));
  }

  /** @throws {LabError} `unknown-node` */
  #node(name: NodeName): LabNode {
    const node = this.#nodes.get(name);
    if (node === undefined) {
      const names = [...this.#nodes.keys()].join(', ');
      throw new LabError('unknown-node', `there is no node ${name} in this lab: it has ${names}`);
    }
    return node;
  }

  #peers(): readonly LabNode['peerAddress'][] {
    return [...this.#nodes.values()].map((node) => node.peerAddress).filter(({ port }) => port !== 0);
  }

  /** The faults of a node's links by the receivers' present ids; only those that do anything. */
  #faultsFrom(name: NodeName): Readonly<Record<NodeId, LinkFaults>> {
    const others = [...this.#nodes.values()].filter((node) => node.name !== name);
    return Object.fromEntries(
      others.map((node) => [node.id, this.#network.faultsOf(name, node.name)] as const)
        .filter(([, faults]) => !isFaultless(faults)),
    );
  }

  #changeNetwork(events: readonly LabEvent[]): void {
    this.#trace.record(...events);
    this.#tellNodes();
    this.#saveSoon();
  }

  /** A port or an identity may have changed: everybody gets the address book and the faults anew. */
  #tellNodes(): void {
    const peers = this.#peers();
    for (const node of this.#nodes.values()) {
      node.threadIfAny?.post({ type: 'peers', peers });
      node.threadIfAny?.post({ type: 'faults', faults: this.#faultsFrom(node.name) });
    }
  }

  async #onNodeChanged(): Promise<void> {
    this.#tellNodes();
    if (!this.#isClosing) {
      await this.#save().catch((error: unknown) => this.#reportSaveFailure(error));
    }
  }

  #saveSoon(): void {
    this.#save().catch((error: unknown) => this.#reportSaveFailure(error));
  }

  /** Writes lab.json as it is when the write begins; changes that come while one is waiting share it. */
  #save(): Promise<void> {
    if (!this.#saveIsQueued) {
      this.#saveIsQueued = true;
      this.#saving = this.#saving.catch(() => undefined).then(() => {
        this.#saveIsQueued = false;
        return this.#options.store.write({
          ...this.#file,
          pace: this.#pace,
          leaseReads: this.#leaseReads,
          former: this.members.former,
          nodes: [...this.#nodes.values()].map((node) => node.kept),
          initialVoters: [...this.#initialVoters],
          links: [...this.#network.links],
          partition: this.#network.partition?.map((group) => [...group]) ?? null,
        });
      });
    }
    return this.#saving;
  }

  #reportSaveFailure(error: unknown): void {
    this.#options.log.error(`lab.json of ${this.labId} could not be written: ${String(error)}`);
  }
}

export function summaryOf(file: LabFile): LabSummary {
  const { labId, name, nodes, pace, createdAtMs, openedAtMs } = file;
  return { labId, name, nodeCount: nodes.length, pace, createdAtMs, openedAtMs, isOpen: false };
}

function endedBeforeAnswer(name: NodeName): LabErrorData {
  return { code: 'node-crashed', message: `node ${name} ended before it answered` };
}
