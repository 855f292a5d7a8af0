/** Real labs for tests: in a temporary folder, at fast pace, closed and deleted when the test has finished. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { bundledWorkers } from '../../src/cli/workers.ts';
import type { DiskPage, KvAnswer } from '../../src/contract/answers.ts';
import { LabError } from '../../src/contract/errors.ts';
import type { KvCommand } from '../../src/kv/commands.ts';
import { LabStore } from '../../src/lab/files/labStore.ts';
import { createLabService } from '../../src/lan/labService.ts';
import type { LabCommandName, LabLog, LabService } from '../../src/lab/service.ts';
import type { CompactionSettings } from '../../src/server/snapshots/compactionPolicy.ts';
import { ClusterWatch } from '../../src/main/clusterWatch.ts';
import type { Pace, TraceEvent } from '../../src/trace/events.ts';
import type { NodeName } from '../../src/trace/names.ts';
import type { ClusterView, NodeView } from '../../src/trace/view.ts';

/** The worker threads' entries, as the app ships them. */
export const workerUrls = bundledWorkers();

/** A wait longer than this has failed; on an idle machine none comes near. */
const LIMIT_MS = 90_000;

const silentLog: LabLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A new folder that is deleted when the test has finished. */
export function temporaryFolder(): string {
  const directory = mkdtempSync(join(tmpdir(), 'raftlab-lab-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  });
  return directory;
}

/** A service on a folder, closed when the test has finished. */
export async function openService(dataDirectory: string): Promise<LabService> {
  const service = await createLabService({ dataDirectory, workerUrls, log: silentLog });
  onTestFinished(() => service.close());
  return service;
}

/** A lab in a folder that no service has opened yet. */
export async function makeLab(
  dataDirectory: string, nodeCount: number, pace: Pace = 'fast', compaction?: CompactionSettings, dataBytesMax?: number,
): Promise<string> {
  const store = new LabStore(dataDirectory, silentLog);
  return (await store.create('Test lab', nodeCount, pace, { compaction, dataBytesMax }))
    .labId;
}

/** A running lab of `nodeCount` nodes, in a folder of its own or in `dataDirectory`, and what tests ask of it. */
export async function startLab(nodeCount: number, dataDirectory = temporaryFolder()): Promise<TestLab> {
  await makeLab(dataDirectory, nodeCount);
  return TestLab.follow(await openService(dataDirectory), dataDirectory);
}

type NodeAction = LabCommandName & `node:${'crash' | 'restart' | 'pause' | 'resume' | 'wipe' | 'compact'}`;

export class TestLab {
  readonly service: LabService;
  readonly dataDirectory: string;
  /** Every event since the test began to follow the lab. */
  readonly events: TraceEvent[] = [];
  readonly #watch: ClusterWatch;
  /** The highest log index of an answered command. */
  #acknowledgedIndex = 0;

  /** Follows the lab that is open in a service. */
  static async follow(service: LabService, dataDirectory: string): Promise<TestLab> {
    const watch = await ClusterWatch.start(service);
    const lab = new TestLab(service, dataDirectory, watch);
    const stop = service.subscribe((events) => lab.events.push(...events));
    onTestFinished(() => {
      stop();
      watch.stop();
    });
    return lab;
  }

  private constructor(service: LabService, dataDirectory: string, watch: ClusterWatch) {
    this.service = service;
    this.dataDirectory = dataDirectory;
    this.#watch = watch;
  }

  get view(): ClusterView {
    return this.#watch.view;
  }

  get nodes(): readonly NodeView[] {
    return Object.values(this.view.nodes);
  }

  get names(): readonly NodeName[] {
    return this.nodes.map(({ name }) => name);
  }

  node(name: NodeName): NodeView {
    const node = this.view.nodes[name];
    return node ?? expect.unreachable(`there is no ${name}`);
  }

  /** Waits for events until `find` returns something. */
  until<Found>(what: string, find: (lab: TestLab) => Found | null | undefined | false): Promise<Found> {
    return this.#watch.until(what, LIMIT_MS, () => {
      const found = find(this);
      return found === undefined || found === false ? null : found;
    });
  }

  /** Waits until all running nodes among `names` follow one leader, and it is among them. */
  leaderOf(names: readonly NodeName[] = this.names): Promise<NodeName> {
    return this.until(`a leader of ${names.join(', ')}`, () => {
      const running = names.map((name) => this.node(name)).filter(({ life }) => life === 'running');
      const leader = running.find(({ role }) => role === 'leader');
      const agree = leader !== undefined
        && running.length > names.length / 2
        && running.every((node) => node.leader === leader.id && node.term === leader.term);
      return agree && leader.name;
    });
  }

  /**
   * Waits until all `names` run and have applied the same log to its end, everything that was acknowledged included: an
   * answer overtakes the events behind it, so that the view can show one log that is an old one.
   */
  converged(names: readonly NodeName[] = this.names): Promise<number> {
    return this.until(`one log on ${names.join(', ')}`, () => {
      const nodes = names.map((name) => this.node(name));
      const [first] = nodes;
      const leader = nodes.find(({ role }) => role === 'leader');
      return leader !== undefined && first !== undefined && nodes.every((node) => node.life === 'running'
        && node.leader === leader.id && node.lastIndex === leader.lastIndex && node.lastApplied === leader.lastIndex)
        && leader.lastIndex >= this.#acknowledgedIndex && leader.lastIndex;
    });
  }

  async kv(node: NodeName, command: KvCommand): Promise<KvAnswer> {
    const answer = await this.service.execute('kv:execute', { node, command });
    this.#acknowledgedIndex = Math.max(this.#acknowledgedIndex, answer.index);
    return answer;
  }

  put(node: NodeName, key: string, value: string): Promise<KvAnswer> {
    return this.kv(node, { op: 'put', key, value });
  }

  async get(node: NodeName, key: string): Promise<string | null> {
    const { result } = await this.kv(node, { op: 'get', key });
    return result.type === 'value' ? result.value : expect.unreachable(`get answered ${result.type}`);
  }

  /** Asks `node` again and again until a write is acknowledged; elections may be going on. */
  async putUntilAcknowledged(node: NodeName, key: string, value: string): Promise<KvAnswer> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.put(node, key, value);
      } catch (error) {
        const isTransient = error instanceof LabError && ['no-leader', 'unknown-outcome'].includes(error.code);
        if (!isTransient || attempt >= 10) {
          throw error;
        }
      }
    }
  }

  act(name: NodeAction, node: NodeName): Promise<null> {
    return this.service.execute(name, { node });
  }

  disk(node: NodeName, count = 500): Promise<DiskPage> {
    return this.service.execute('node:disk', { node, count });
  }

  /** Whether a node's own state machine holds just this value; `contents` only previews large ones. */
  async holds(node: NodeName, key: string, value: string): Promise<boolean> {
    const { result } = await this.service.execute('kv:execute', {
      node, command: { op: 'get', key }, read: 'stale',
    });
    return result.type === 'value' && result.value === value;
  }

  /** What one node's state machine holds, as a record. */
  async contents(node: NodeName): Promise<Record<string, string>> {
    const { entries } = await this.service.execute('node:kv', { node, prefix: '', limit: 1000 });
    return Object.fromEntries(entries.map(({ key, value }) => [key, value]));
  }
}

/** The LabError with which a promise is rejected; fails the test when it is not, or with something else. */
export async function labErrorOf(promise: Promise<unknown>): Promise<LabError> {
  const outcome = await promise.then(
    (value) => expect.unreachable(`answered ${JSON.stringify(value)} instead of failing`),
    (error: unknown) => error,
  );
  return outcome instanceof LabError ? outcome : expect.unreachable(`failed with ${String(outcome)}`);
}
