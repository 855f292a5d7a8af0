/** The nodes that this machine runs for a lab whose host is elsewhere: their threads, their files, their permission. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { NodeId } from '../../raft/types.ts';
import type { NodeName } from '../../trace/names.ts';
import type { LabToNode, NodeToLab } from '../../node/protocol.ts';
import type { NodeLink, NodePlan } from '../nodeLink.ts';
import { eraseDatabase } from '../nodePlace.ts';
import { launchWorker } from '../workerLink.ts';

/** More than a student's machine should run; a host cannot make it run more. */
const HOUSE_NODES_MAX = 4;
const STOP_LIMIT_MS = 3000;

export interface NodeHouseHost {
  readonly workerUrl: URL | string;
  /** The folder of this lab; each node has one of its own in it. */
  readonly folder: string;
  readonly onMessage: (id: NodeId, message: NodeToLab) => void;
  readonly onExit: (id: NodeId, reason: string) => void;
  /** Whether somebody at this machine has just asked for something to be done to the node. */
  readonly isOwnWish: (name: NodeName) => boolean;
}

interface Tenant {
  readonly plan: NodePlan;
  readonly link: NodeLink;
  readonly exited: Promise<void>;
  /** Its own; 0 before it has started. */
  port: number;
  /** Where it is heard: another one while its own is flooded. */
  heardAtPort: number;
  /** It is being stopped because this machine has another address, and will be back: the host hears nothing of it. */
  isMoving: boolean;
}

export class NodeHouse {
  readonly #host: NodeHouseHost;
  readonly #tenants = new Map<NodeId, Tenant>();
  /** What the host may do beside starting nodes that this machine offered: crash, pause, wipe, cut links. */
  permits: boolean;

  constructor(host: NodeHouseHost, permits: boolean) {
    this.#host = host;
    this.permits = permits;
  }

  /** The nodes whose threads run. */
  get running(): readonly NodeId[] {
    return [...this.#tenants].filter(([, { port }]) => port !== 0).map(([id]) => id);
  }

  folderOf(name: NodeName): string {
    return join(this.#host.folder, name);
  }

  /**
   * Starts a node; one that runs already says once more that it has started, and what its state is. Where this machine
   * has got another address since, the node is started anew: a socket stays where it was bound.
   */
  async launch(plan: NodePlan): Promise<void> {
    const { id } = plan;
    const tenant = this.#tenants.get(id);
    if (tenant !== undefined && tenant.plan.address !== plan.address) {
      await this.#moveOut(tenant);
    } else if (tenant !== undefined) {
      tenant.link.post({ type: 'peers', peers: plan.peers });
      tenant.link.post({ type: 'pace', pace: plan.pace });
      this.#host.onMessage(id, { type: 'started', port: tenant.port });
      this.#host.onMessage(id, { type: 'moved', port: tenant.heardAtPort });
      tenant.link.post({ type: 'restate' });
      return;
    }
    if (this.#tenants.size >= HOUSE_NODES_MAX) {
      this.#host.onExit(id, `this machine runs ${HOUSE_NODES_MAX} nodes already`);
      return;
    }
    const folder = this.folderOf(plan.name);
    await mkdir(folder, { recursive: true });
    let hasExited: () => void = () => undefined;
    const exited = new Promise<void>((resolve) => {
      hasExited = resolve;
    });
    const link = launchWorker(this.#host.workerUrl, plan, folder)({
      onMessage: (message) => {
        if (message.type === 'started') {
          started.port = message.port;
        }
        if (message.type === 'started' || message.type === 'moved') {
          started.heardAtPort = message.port;
        }
        if (!started.isMoving) {
          this.#host.onMessage(id, message);
        }
      },
      onExit: (reason) => {
        this.#tenants.delete(id);
        if (!started.isMoving) {
          this.#host.onExit(id, reason);
        }
        hasExited();
      },
    });
    const started: Tenant = { plan, link, exited, port: 0, heardAtPort: 0, isMoving: false };
    this.#tenants.set(id, started);
  }

  async #moveOut(tenant: Tenant): Promise<void> {
    tenant.isMoving = true;
    await stopped(tenant);
  }

  post(id: NodeId, message: LabToNode): void {
    const mayDo = message.type !== 'faults' || this.permits;
    if (mayDo) {
      this.#tenants.get(id)?.link.post(message);
    }
  }

  /** Ends, pauses or resumes a node, if its owner asked for it or lets the host do so. */
  act(id: NodeId, action: 'terminate' | 'pause' | 'resume'): void {
    const tenant = this.#tenants.get(id);
    if (tenant !== undefined && this.#mayAct(tenant.plan.name)) {
      tenant.link[action]();
    }
  }

  /** Deletes a node's file because it is wiped. @returns why not, in a sentence, or null */
  async erase(name: NodeName): Promise<string | null> {
    if (!this.#mayAct(name) && this.#hasDatabase(name)) {
      return 'this machine does not let the host act on its nodes';
    }
    if ([...this.#tenants.values()].some(({ plan }) => plan.name === name)) {
      return `${name} still runs`;
    }
    if (this.#hasDatabase(name)) {
      await eraseDatabase(this.folderOf(name));
    }
    return null;
  }

  #mayAct(name: NodeName): boolean {
    return this.permits || this.#host.isOwnWish(name);
  }

  #hasDatabase(name: NodeName): boolean {
    return existsSync(this.folderOf(name));
  }

  /** Nobody is left to take a fault away again: the links are whole, and a paused node goes on. */
  liftFaults(): void {
    for (const { link } of this.#tenants.values()) {
      link.post({ type: 'faults', faults: {} });
      link.resume();
    }
  }

  /** Stops all nodes cleanly; by force those that take too long. */
  async close(): Promise<void> {
    await Promise.all([...this.#tenants.values()].map(stopped));
  }
}

async function stopped({ link, exited }: Tenant): Promise<void> {
  link.resume();
  link.post({ type: 'stop' });
  const timer = setTimeout(() => link.terminate(), STOP_LIMIT_MS);
  await exited;
  clearTimeout(timer);
}
