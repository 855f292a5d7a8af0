/** The nodes that this machine runs for a lab whose host is elsewhere: their threads, their files, their permission. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { NodeId } from '../../raft/types.ts';
import type { NodeName } from '../../trace/names.ts';
import { RAFTLAB_VARIANT } from '../../trace/variant.ts';
import type { LabToNode, NodeToLab } from '../../node/protocol.ts';
import type { NodeLink, NodePlan } from '../../lab/nodes/nodeLink.ts';
import { eraseDatabase } from '../../lab/nodes/nodePlace.ts';
import { SerialQueue } from '../../lab/serialQueue.ts';
import { launchWorker } from '../../lab/nodes/workerLink.ts';
import type { OrderToNode } from '../channel/nodeMessageSchema.ts';

/** More than a student's machine should run; a host cannot make it run more. */
export const GUEST_NODES_MAX = 4;
const STOP_LIMIT_MS = 3000;
const NOT_PERMITTED = 'this machine does not let the host act on its nodes';

export interface GuestNodesOptions {
  readonly workerUrl: URL | string;
  /** The folder of this lab; each node has its own folder in it. */
  readonly folder: string;
  readonly onMessage: (id: NodeId, message: NodeToLab) => void;
  readonly onExit: (id: NodeId, reason: string) => void;
  /** Whether somebody at this machine has just requested an action on the node. */
  readonly isOwnWish: (name: NodeName) => boolean;
}

interface GuestNode {
  readonly plan: NodePlan;
  readonly link: NodeLink;
  readonly exited: Promise<void>;
  /** Its own port; 0 before it has started. */
  port: number;
  /** The port where it is reached: another one while its own is flooded. */
  heardAtPort: number;
  /** It is being restarted because this machine has another address; the host is not told of the stop. */
  isMoving: boolean;
}

export class GuestNodes {
  readonly #options: GuestNodesOptions;
  readonly #nodes = new Map<NodeId, GuestNode>();
  /** An action on a node waits for an earlier launch, and a node is started only once. */
  readonly #queue = new SerialQueue();
  #isClosed = false;
  /** Whether the host may do more than start the nodes that this machine offered: crash, pause, wipe, cut links. */
  permits: boolean;

  constructor(options: GuestNodesOptions, permits: boolean) {
    this.#options = options;
    this.permits = permits;
  }

  /** The nodes whose threads run. */
  get running(): readonly NodeId[] {
    return [...this.#nodes].filter(([, { port }]) => port !== 0).map(([id]) => id);
  }

  /** The names of the nodes that run or are being started. */
  get names(): readonly NodeName[] {
    return [...this.#nodes.values()].map(({ plan }) => plan.name);
  }

  folderOf(name: NodeName): string {
    return join(this.#options.folder, name);
  }

  /**
   * Starts a node; one that already runs reports again that it has started, and its state. If this machine's address
   * has changed since, the node is restarted: a socket stays where it was bound.
   */
  launch(plan: NodePlan): Promise<void> {
    return this.#queue.run(() => this.#launch(plan));
  }

  async #launch(plan: NodePlan): Promise<void> {
    const { id } = plan;
    if (this.#isClosed) {
      return;
    }
    const node = this.#nodes.get(id);
    if (node !== undefined && node.plan.address !== plan.address) {
      await this.#moveOut(node);
    } else if (node !== undefined) {
      for (const update of updatesOf(plan)) {
        node.link.post(update);
      }
      if (node.port !== 0) { // a node that is still starting reports it itself
        this.#options.onMessage(id, { type: 'started', port: node.port });
        this.#options.onMessage(id, { type: 'moved', port: node.heardAtPort });
      }
      node.link.post({ type: 'restate' });
      return;
    }
    if (this.#nodes.size >= GUEST_NODES_MAX) {
      this.#options.onExit(id, `this machine runs ${GUEST_NODES_MAX} nodes already`);
      return;
    }
    const folder = this.folderOf(plan.name);
    await mkdir(folder, { recursive: true });
    let hasExited: () => void = () => undefined;
    const exited = new Promise<void>((resolve) => {
      hasExited = resolve;
    });
    const mayFault = this.permits ? plan : { ...plan, faults: {} };
    const link = launchWorker(this.#options.workerUrl, mayFault, folder)({
      onMessage: (message) => {
        if (message.type === 'started') {
          started.port = message.port;
        }
        if (message.type === 'started' || message.type === 'moved') {
          started.heardAtPort = message.port;
        }
        if (!started.isMoving) {
          this.#options.onMessage(id, message);
        }
      },
      onExit: (reason) => {
        this.#nodes.delete(id);
        if (!started.isMoving) {
          this.#options.onExit(id, reason);
        }
        hasExited();
      },
    });
    const started: GuestNode = { plan, link, exited, port: 0, heardAtPort: 0, isMoving: false };
    this.#nodes.set(id, started);
  }

  async #moveOut(node: GuestNode): Promise<void> {
    node.isMoving = true;
    await stopped(node);
  }

  /** Passes a host's message to a node, unless only its owner, or a host with the owner's permission, may send it. */
  post(id: NodeId, message: OrderToNode): void {
    const node = this.#nodes.get(id);
    if (node !== undefined && (message.type !== 'faults' || this.permits)
      && (message.type !== 'stop' || this.#mayAct(node.plan.name))) {
      node.link.post(message);
    }
  }

  /**
   * Ends, pauses or resumes a node, if its owner asked for it or lets the host do so.
   * @returns why not, in a sentence, or null
   */
  act(id: NodeId, action: 'terminate' | 'pause' | 'resume'): Promise<string | null> {
    return this.#queue.run(async () => {
      const node = this.#nodes.get(id);
      if (node === undefined) {
        // Whoever waits for its end must be told.
        this.#options.onExit(id, 'it does not run there');
        return action === 'terminate' ? null : 'it does not run there';
      }
      if (!this.#mayAct(node.plan.name)) {
        return NOT_PERMITTED;
      }
      await node.link[action]();
      return null;
    });
  }

  /** Deletes a node's file because it is wiped. @returns why not, in a sentence, or null */
  async erase(name: NodeName): Promise<string | null> {
    if (!this.#mayAct(name) && this.#hasDatabase(name)) {
      return NOT_PERMITTED;
    }
    if ([...this.#nodes.values()].some(({ plan }) => plan.name === name)) {
      return `${name} still runs`;
    }
    if (this.#hasDatabase(name)) {
      await eraseDatabase(this.folderOf(name));
    }
    return null;
  }

  #mayAct(name: NodeName): boolean {
    return this.permits || this.#options.isOwnWish(name);
  }

  #hasDatabase(name: NodeName): boolean {
    return existsSync(this.folderOf(name));
  }

  /** Removes faults that nobody else could remove: restores the links and resumes paused nodes. */
  liftFaults(): void {
    for (const { link } of this.#nodes.values()) {
      link.post({ type: 'faults', faults: {} });
      void link.resume();
    }
  }

  /** Stops all nodes cleanly, and by force those that take too long. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#queue.run(async () => {
      await Promise.all([...this.#nodes.values()].map(stopped));
    });
  }
}

async function stopped({ link, exited }: GuestNode): Promise<void> {
  void link.resume();
  link.post({ type: 'stop' });
  const timer = setTimeout(() => void link.terminate(), STOP_LIMIT_MS);
  await exited;
  clearTimeout(timer);
}

/** The changes of a newer plan that a running node follows: they may be from while this machine was disconnected. */
function updatesOf(
  { peers, pace, leaseReads = false, variant = RAFTLAB_VARIANT, datagramSecret, door }: NodePlan,
): readonly LabToNode[] {
  const leases = { type: 'leaseReads', enabled: leaseReads } as const;
  // Lease reads end before check-quorum, on which they rest, and begin after it.
  const raft = [{ type: 'variant', variant } as const];
  return [
    ...(datagramSecret === undefined ? [] : [{ type: 'secret', datagramSecret } as const]),
    { type: 'door', door: door ?? null }, { type: 'peers', peers }, { type: 'pace', pace },
    ...(leaseReads ? [...raft, leases] : [leases, ...raft]),
  ];
}
