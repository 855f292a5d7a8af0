/**
 * The smoke run (`--smoke`): the whole app without a person. It forms a cluster, writes through a follower, crashes the
 * leader, writes again, restarts it, waits until all logs are the same, and prints a report as one line of JSON.
 */
import { mkdtempSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { KvAnswer } from '../contract/answers.ts';
import type { LabService } from '../lab/service.ts';
import type { NodeName } from '../trace/names.ts';
import type { ClusterView, NodeView } from '../trace/view.ts';
import type { RunningApp } from './app.ts';
import { ClusterWatch } from './clusterWatch.ts';

const NODE_COUNT = 5;
/** The whole run takes a few seconds; a part that needs more than this will not finish. */
const PART_LIMIT_MS = 30_000;
const TOTAL_LIMIT_MS = 90_000;
/** The most rows that one `node:disk` may request; a fresh lab's log is far shorter. */
const ROWS_COMPARED = 500;

interface WriteSeen {
  readonly asked: NodeName;
  readonly leader: NodeName | null;
  readonly index: number;
  readonly term: number;
  readonly hops: number;
}

/** The run's findings; parts that were not reached are absent. */
interface SmokeReport {
  ok: boolean;
  reason?: string;
  nodes?: number;
  leader?: NodeName;
  write?: WriteSeen;
  newLeader?: NodeName;
  secondWrite?: WriteSeen;
  lastIndex?: number;
  commitIndex?: number;
  readonly ms: Record<string, number>;
}

/** An empty folder for one run, among the system's temporary files. `npm run smoke` gives its own and removes it. */
export function makeSmokeFolder(): string {
  return mkdtempSync(join(tmpdir(), 'raftlab-smoke-'));
}

const nodesOf = (view: ClusterView): readonly NodeView[] => Object.values(view.nodes);
const runningNodes = (view: ClusterView): readonly NodeView[] =>
  nodesOf(view).filter((node) => node.life === 'running');

/** The leader that every running node agrees on, or null. */
function agreedLeader(view: ClusterView): NodeView | null {
  const running = runningNodes(view);
  const leader = running.find((node) => node.role === 'leader');
  if (leader === undefined) return null;
  return running.every((node) => node.leader === leader.id && node.term === leader.term) ? leader : null;
}

/** A running node other than the leader. */
function followerOf(view: ClusterView, leader: NodeName): NodeName {
  const follower = runningNodes(view).find((node) => node.name !== leader);
  if (follower === undefined) throw new Error(`no node but ${leader} runs`);
  return follower.name;
}

class SmokeRun {
  readonly #app: RunningApp;
  readonly #report: SmokeReport;

  constructor(app: RunningApp, report: SmokeReport) {
    this.#app = app;
    this.#report = report;
  }

  /** Runs one part and records how long it took. */
  async #part<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const beganMs = performance.now();
    try {
      return await work();
    } catch (error) {
      throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    } finally {
      this.#report.ms[name] = Math.round(performance.now() - beganMs);
    }
  }

  async #write(service: LabService, node: NodeName, key: string): Promise<WriteSeen> {
    const answer: KvAnswer = await service.execute('kv:execute', { node, command: { op: 'put', key, value: node } });
    if (answer.result.type !== 'written') throw new Error(`put answered ${answer.result.type}`);
    const { leader, index, term, hops } = answer;
    return { asked: node, leader, index, term, hops };
  }

  async #read(service: LabService, node: NodeName, key: string): Promise<string | null> {
    const { result } = await service.execute('kv:execute', { node, command: { op: 'get', key } });
    return result.type === 'value' ? result.value : null;
  }

  /** Whether the database files of all nodes hold the same log. */
  async #sameLogs(service: LabService, view: ClusterView): Promise<boolean> {
    const pages = await Promise.all(nodesOf(view).map((node) =>
      service.execute('node:disk', { node: node.name, count: ROWS_COMPARED })));
    const [first, ...others] = pages;
    return others.every((page) => page.lastIndex === first?.lastIndex && isDeepStrictEqual(page.rows, first.rows));
  }

  /** Waits until all nodes have the same log and have committed and applied all of it. */
  async #untilSameLog(service: LabService, watch: ClusterWatch): Promise<NodeView> {
    const deadlineMs = performance.now() + PART_LIMIT_MS;
    for (;;) {
      const leader = await watch.until('all nodes to commit the same index', PART_LIMIT_MS, (view) => {
        const agreed = agreedLeader(view);
        if (agreed === null || runningNodes(view).length !== NODE_COUNT) return null;
        return nodesOf(view).every((node) => node.lastIndex === agreed.lastIndex
          && node.commitIndex === agreed.lastIndex && node.lastApplied === agreed.lastIndex) ? agreed : null;
      });
      if (await this.#sameLogs(service, watch.view)) return leader;
      // The files lag behind by one transaction at most; the next event triggers another check.
      if (performance.now() > deadlineMs) throw new Error('the logs in the files still differ');
      const { seq } = watch.view;
      await watch.until('another event', PART_LIMIT_MS, (view) => (view.seq > seq ? view.seq : null));
    }
  }

  async run(): Promise<void> {
    const report = this.#report;
    await this.#part('window', () => this.#app.windowListening);
    const service = await this.#part('lab', () => this.#app.lab());
    await service.execute('lab:setPace', { pace: 'fast' });
    const watch = await ClusterWatch.start(service);

    const leader = await this.#part('leader', () => watch.until('a leader that all five know', PART_LIMIT_MS, (view) =>
      (runningNodes(view).length === NODE_COUNT ? agreedLeader(view)?.name ?? null : null)));
    await this.#part('windowEvents', () => this.#app.windowFollowing);
    report.nodes = nodesOf(watch.view).length;
    report.leader = leader;

    report.write = await this.#part('write', () => this.#write(service, followerOf(watch.view, leader), 'smoke/1'));

    await this.#part('crash', () => service.execute('node:crash', { node: leader }));
    const newLeader = await this.#part('newLeader', () => watch.until('another leader', PART_LIMIT_MS, (view) => {
      const agreed = agreedLeader(view);
      return agreed === null || agreed.name === leader ? null : agreed.name;
    }));
    report.newLeader = newLeader;

    report.secondWrite = await this.#part('secondWrite', () =>
      this.#write(service, followerOf(watch.view, newLeader), 'smoke/2'));

    await this.#part('restart', async () => {
      await service.execute('node:restart', { node: leader });
      await watch.until(`${leader} to run again`, PART_LIMIT_MS, (view) =>
        (runningNodes(view).some((node) => node.name === leader) ? true : null));
    });
    const { lastIndex, commitIndex } = await this.#part('sameLog', () => this.#untilSameLog(service, watch));
    report.lastIndex = lastIndex;
    report.commitIndex = commitIndex;

    await this.#part('read', async () => {
      for (const [key, written] of [['smoke/1', report.write], ['smoke/2', report.secondWrite]] as const) {
        const value = await this.#read(service, leader, key);
        if (value !== written?.asked) throw new Error(`${leader} reads ${String(value)} for ${key}`);
      }
    });
    watch.stop();
  }
}

/** Ends the run when it takes too long in total. */
function timeLimit(): { readonly exceeded: Promise<never>; readonly cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const exceeded = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => { reject(new Error(`the run took longer than ${TOTAL_LIMIT_MS} ms`)); }, TOTAL_LIMIT_MS);
  });
  return { exceeded, cancel: () => { clearTimeout(timer); } };
}

/**
 * Runs the check on the app that has just been started and prints its line.
 * @returns the exit code: 0 only if everything held
 */
export async function runSmoke(app: RunningApp): Promise<number> {
  const report: SmokeReport = { ok: false, ms: {} };
  const limit = timeLimit();
  const beganMs = performance.now();
  try {
    await Promise.race([new SmokeRun(app, report).run(), limit.exceeded]);
    report.ok = true;
  } catch (error) {
    report.reason = error instanceof Error ? error.message : String(error);
  } finally {
    limit.cancel();
  }
  report.ms['total'] = Math.round(performance.now() - beganMs);
  printReport(report);
  return report.ok ? 0 : 1;
}

/** Prints the run's one line. Synchronous, because the process may end right after. */
export function printReport({ ms, ...seen }: SmokeReport): void {
  writeSync(process.stdout.fd, `${JSON.stringify({ ...seen, ms })}\n`);
}
