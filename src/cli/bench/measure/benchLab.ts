/** A real lab for the bench: the lab service without a window, in a temporary folder, at a chosen pace. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabStore } from '../../../lab/files/labStore.ts';
import { createLabService } from '../../../lan/labService.ts';
import type { LabLog, LabService } from '../../../lab/service.ts';
import type { WorkerUrls } from '../../workers.ts';
import type { ReadKind } from '../../../contract/answers.ts';
import type { KvCommand, KvResult } from '../../../kv/commands.ts';
import { NONE } from '../../../raft/types.ts';
import type { NodeId } from '../../../raft/types.ts';
import { DOOR_CLOSED } from '../../../trace/door.ts';
import type { DoorPlace } from '../../../trace/door.ts';
import type { Pace, TraceEvent } from '../../../trace/events.ts';
import { nodeNameOf } from '../../../trace/names.ts';
import type { NodeName } from '../../../trace/names.ts';

/** Every wait of the bench is far shorter, unless something is broken. */
const WAIT_MS_MAX = 60_000;

const log: LabLog = {
  info: () => undefined,
  warn: (message) => console.error(message),
  error: (message) => console.error(message),
};

type Listener = (event: TraceEvent) => void;

export class BenchLab {
  readonly names: readonly NodeName[];
  readonly #service: LabService;
  readonly #folder: string;
  readonly #listeners = new Set<Listener>();
  /** Which leader each running node follows. */
  readonly #leaders = new Map<NodeId, NodeId>();
  readonly #started = new Set<NodeId>();

  /** Opens a new lab of `nodeCount` nodes; does not wait until they run. */
  static async open(nodeCount: number, pace: Pace, workerUrls: WorkerUrls): Promise<BenchLab> {
    const folder = await mkdtemp(join(tmpdir(), 'raftlab-bench-'));
    await new LabStore(folder, log).create('Bench', nodeCount, pace);
    return new BenchLab(await createLabService({ dataDirectory: folder, workerUrls, log }), folder, nodeCount);
  }

  private constructor(service: LabService, folder: string, nodeCount: number) {
    this.#service = service;
    this.#folder = folder;
    this.names = Array.from({ length: nodeCount }, (_, position) => nodeNameOf(position + 1));
    service.subscribe((events) => {
      for (const event of events) {
        this.#note(event);
        for (const listener of this.#listeners) {
          listener(event);
        }
      }
    });
  }

  /** Waits until every node has opened its file and its socket for the first time. */
  async running(): Promise<void> {
    const all = (): boolean => this.#started.size === this.names.length;
    if (!all()) {
      await this.until('all nodes to run', all);
    }
  }

  /** Waits until every node follows the same leader. @returns the leader's name */
  async leader(): Promise<NodeName> {
    const common = (): NodeId => {
      const [first = NONE, ...others] = this.#leaders.values();
      return this.#leaders.size === this.names.length && others.every((leader) => leader === first) ? first : NONE;
    };
    if (common() === NONE) {
      await this.until('a leader that all nodes follow', () => common() !== NONE);
    }
    return nodeNameOf(common());
  }

  /** Waits for the first event that satisfies `predicate`. @throws {Error} when none comes in time */
  until(what: string, predicate: (event: TraceEvent) => boolean): Promise<TraceEvent> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(listener);
      };
      const listener: Listener = (event) => {
        if (predicate(event)) {
          end();
          resolve(event);
        }
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`waited ${WAIT_MS_MAX / 1000} s for ${what}, in vain`));
      }, WAIT_MS_MAX);
      this.#listeners.add(listener);
    });
  }

  /** Asks a node to carry out a command. @throws {LabError} from the node */
  async kv(node: NodeName, command: KvCommand, read?: ReadKind): Promise<KvResult> {
    const input = { node, command, ...(read === undefined ? {} : { read }) };
    return (await this.#service.execute('kv:execute', input)).result;
  }

  /** Opens the doors of all nodes. @returns where the door of one of them is */
  async openDoor(node: NodeName): Promise<DoorPlace> {
    const opened = this.until(`the door of ${node}`, (event) => (
      event.type === 'doorOpened' && nodeNameOf(event.node) === node
    ));
    const [event] = await Promise.all([
      opened, this.#service.execute('lab:setDoor', { door: { ...DOOR_CLOSED, isOpen: true } }),
    ]);
    if (event.type !== 'doorOpened') {
      throw new Error(`${event.type} was taken for an opened door`);
    }
    return event;
  }

  async crash(node: NodeName): Promise<void> {
    await this.#service.execute('node:crash', { node });
  }

  async restart(node: NodeName): Promise<void> {
    await this.#service.execute('node:restart', { node });
  }

  /** Ends the nodes and deletes their files. */
  async close(): Promise<void> {
    await this.#service.close();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #note(event: TraceEvent): void {
    if (event.type === 'leaderChanged') {
      this.#leaders.set(event.node, event.leader);
    } else if (event.type === 'nodeCrashed') {
      this.#leaders.delete(event.node);
    } else if (event.type === 'nodeStarted') {
      this.#started.add(event.node);
    }
  }
}
