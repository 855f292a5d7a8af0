/** The lab that is open: its nodes, its network, its trace, and what is kept of it in lab.json. */
import type { AttachAnswer, KvAnswer, LabSummary, NodeKvPage } from '../contract/answers.ts';
import type { CommandInput } from '../contract/commands.ts';
import { LabError } from '../contract/errors.ts';
import type { LabErrorData } from '../contract/errors.ts';
import { tryLockFolder } from '../node/storage/lock.ts';
import type { FolderLock } from '../node/storage/lock.ts';
import { isReadCommand } from '../kv/commands.ts';
import type { KvCommand } from '../kv/commands.ts';
import type { NodeId } from '../raft/types.ts';
import type { LabEvent, LinkFaults, Pace, TraceEvent } from '../trace/events.ts';
import { isFaultless } from '../trace/fold.ts';
import type { NodeName } from '../trace/names.ts';
import { canLose } from './membership.ts';
import type { LabFile } from './labFile.ts';
import { LabNetwork } from './labNetwork.ts';
import { LabNode } from './labNode.ts';
import type { LabStore } from './labStore.ts';
import { LabTrace } from './labTrace.ts';
import { MembershipKeeper } from './membershipKeeper.ts';
import type { LabLog } from './service.ts';

const LOCK_FILE = 'lab.lock';
/** What a window that attaches starts from; it asks for older events by the page. */
const RECENT_EVENTS = 1000;
/** How long a command may take: about two elections in a row. */
const KV_TIMEOUT_MS: Readonly<Record<Pace, number>> = { fast: 2000, class: 8000, slow: 25_000 };
/** A node answers or gives up by itself; this is for one that is paused in between. */
const KV_GRACE_MS = 1000;

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
  readonly #nodes: ReadonlyMap<NodeName, LabNode>;
  readonly #membership: MembershipKeeper;
  #pace: Pace;
  #initialVoters: readonly NodeId[];
  #saving: Promise<void> = Promise.resolve();
  #saveIsQueued = false;
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
    this.#initialVoters = file.initialVoters;
    this.#trace = new LabTrace((events) => {
      options.onEvents(events);
      this.#membership.onEvents(events);
    });
    const nodes = file.nodes.map((kept) => new LabNode(kept, {
      labId: file.labId,
      folder: options.store.folderOf(file.labId),
      workerUrl: options.nodeWorkerUrl,
      pace: () => this.#pace,
      initialVoters: () => this.#initialVoters,
      faultsFrom: (name) => this.#faultsFrom(name),
      peers: () => this.#peers(),
      onEvents: (id, events, dropped) => this.#trace.recordBatch(id, events, dropped),
      emit: (id, event) => this.#trace.recordOf(id, event),
      onChanged: () => this.#onNodeChanged(),
    }));
    this.#nodes = new Map(nodes.map((node) => [node.name, node]));
    this.#network = new LabNetwork(nodes.map(({ name }) => name), file.links, file.partition);
    this.#membership = new MembershipKeeper({
      view: this.#trace.view,
      wanted: () => nodes.map(({ id }) => id),
      change: async (leader, change) => {
        const thread = await this.#node(leader).running();
        const message = `${leader} ended before it answered`;
        await thread.changeConfiguration(change, { code: 'node-crashed', message });
      },
      emit: ({ id, step, detail }) => this.#trace.recordOf(id, { type: 'nodeJoining', step, detail }),
    });
  }

  get summary(): LabSummary {
    return { ...summaryOf(this.#file), pace: this.#pace, isOpen: true };
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
    if (!isAlone && !canLose(this.#trace.view, node.id, [...this.#nodes.values()].map(({ id }) => id))) {
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

  async kv({ node: name, command, read }: CommandInput<'kv:execute'>): Promise<KvAnswer> {
    const thread = await this.#node(name).running();
    const timeoutMs = KV_TIMEOUT_MS[this.#pace];
    const lost = lostAnswer(name, command);
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new LabError(lost.code, lost.message)), timeoutMs + KV_GRACE_MS);
    });
    try {
      const request = { client: name, command, timeoutMs, ...(read === undefined ? {} : { read }) };
      return await Promise.race([thread.kv(request, lost), silence]);
    } finally {
      clearTimeout(timer);
    }
  }

  async kvPage({ node: name, prefix, limit }: CommandInput<'node:kv'>): Promise<NodeKvPage> {
    const thread = await this.#node(name).running();
    return thread.kvPage(prefix, limit, { code: 'node-crashed', message: `node ${name} ended before it answered` });
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
      { type: 'labOpened', labId, name, pace: this.#pace, nodes, incarnations }, ...this.#network.events(),
    );
    for (const kept of this.#file.nodes) {
      this.#node(`n${kept.number}`).resumeKept(kept.state);
    }
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

/** What to say when the node that was asked ends, or is paused, before it answers. */
function lostAnswer(name: NodeName, command: KvCommand): LabErrorData {
  const what = `${name} went silent before it answered`;
  return isReadCommand(command)
    ? { code: 'node-crashed', message: `${what}. A read changes nothing: ask another node.` }
    : { code: 'unknown-outcome', message: `unknown outcome: ${what}. It may still take effect.` };
}
