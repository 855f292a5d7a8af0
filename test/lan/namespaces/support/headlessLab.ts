/** A Raftlab without a window that a test types into: asked by lines of JSON, wherever it runs. */
import { z } from 'zod';
import type { ClusterStatus, NodeStatus } from '../../../../src/cli/terminal/status.ts';
import type { LanStatus } from '../../../../src/contract/lan.ts';
import type { NodeName } from '../../../../src/trace/names.ts';

/** A wait longer than this has failed; on an idle machine none takes more than some seconds. */
const LIMIT_MS = 90_000;
const POLL_MS = 200;

const lineSchema = z.looseObject({
  type: z.string(), event: z.string().optional(), node: z.string().optional(), text: z.string().optional(),
  ok: z.boolean().optional(), value: z.unknown().optional(),
});
export type Line = z.output<typeof lineSchema>;

/** A process that runs `--headless --json`. */
export interface LabProcess {
  readonly write: (text: string) => void;
  /** Calls `take` with each line of the standard output, from the first one on. */
  readonly onLine: (take: (text: string) => void) => void;
  /** What it said on standard error so far. */
  readonly errors: () => string;
  /** Resolves with the exit code once all output was read; null when it was killed. */
  readonly exited: Promise<number | null>;
}

export class HeadlessLab {
  /** Everything that it said on its standard output, for who looks for secrets in it. */
  readonly lines: Line[] = [];
  readonly name: string;
  readonly exited: Promise<number | null>;
  readonly #process: LabProcess;
  readonly #waiting: ((line: Line) => void)[] = [];
  readonly #listeners = new Set<() => void>();
  #raw = '';
  #hasExited = false;

  constructor(name: string, labProcess: LabProcess) {
    this.name = name;
    this.#process = labProcess;
    labProcess.onLine((text) => this.#take(text));
    this.exited = labProcess.exited.then((code) => {
      this.#hasExited = true;
      this.#listeners.forEach((look) => look());
      return code;
    });
  }

  get output(): string {
    return this.#raw + this.#process.errors();
  }

  /** One command of the console. Resolves with its answer, whether it worked or not. */
  tell(command: string): Promise<Line> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(this.#failed(`no answer to ${command}`)), LIMIT_MS);
      this.#waiting.push((line) => {
        clearTimeout(timer);
        resolve(line);
      });
      this.#process.write(`${command}\n`);
    });
  }

  /** One command that has to work. @returns the answer */
  async ask(command: string): Promise<Line> {
    const answer = await this.tell(command);
    if (answer.ok !== true) throw this.#failed(`${command} failed: ${answer.text ?? ''}`);
    return answer;
  }

  /** Again and again until it works: elections may be going on. */
  askUntilDone(command: string): Promise<Line> {
    return this.until(`${command} to work`, async () => {
      const answer = await this.tell(command);
      return answer.ok === true ? answer : undefined;
    });
  }

  async cluster(): Promise<ClusterStatus> {
    return (await this.ask('status')).value as ClusterStatus; // the program is ours
  }

  async lan(): Promise<LanStatus> {
    return (await this.ask('lan')).value as LanStatus; // the program is ours
  }

  /** Looks until `find` finds something. */
  async until<Found>(what: string, find: () => Promise<Found | undefined>): Promise<Found> {
    const deadlineMs = Date.now() + LIMIT_MS;
    for (;;) {
      const found = await find();
      if (found !== undefined) return found;
      if (Date.now() > deadlineMs || this.#hasExited) {
        throw this.#failed(`${what}: ${this.#hasExited ? 'it has ended' : JSON.stringify(await this.cluster())}`);
      }
      await new Promise((resolve) => {
        setTimeout(resolve, POLL_MS);
      });
    }
  }

  /** Until the cluster, as this host sees it, is so. */
  untilCluster(what: string, isSo: (cluster: ClusterStatus) => boolean): Promise<ClusterStatus> {
    return this.until(what, async () => {
      const cluster = await this.cluster();
      return isSo(cluster) ? cluster : undefined;
    });
  }

  /** Until all these run, one leads, and all have applied its log. */
  async untilConverged(names: readonly NodeName[]): Promise<readonly NodeStatus[]> {
    const { nodes } = await this.untilCluster(`one log on ${names.join(', ')}`, (cluster) => {
      const asked = cluster.nodes.filter(({ name }) => names.includes(name));
      const leader = asked.find(({ name }) => name === cluster.leader);
      return leader !== undefined && asked.length === names.length && asked.every((node) => (
        node.life === 'running' && node.leader === leader.name && node.term === leader.term
        && node.lastIndex === leader.lastIndex && node.lastApplied === leader.lastIndex));
    });
    return nodes.filter(({ name }) => names.includes(name));
  }

  /** The first line of a kind, past or to come. */
  line(what: string, isIt: (line: Line) => boolean): Promise<Line> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.lines.find(isIt);
        if (found === undefined && !this.#hasExited) return;
        clearTimeout(timer);
        this.#listeners.delete(look);
        if (found === undefined) reject(this.#failed(`it ended without ${what}`));
        else resolve(found);
      };
      const timer = setTimeout(() => reject(this.#failed(`it never told ${what}`)), LIMIT_MS);
      this.#listeners.add(look);
      look();
    });
  }

  #take(text: string): void {
    this.#raw += `${text}\n`;
    const line = lineSchema.parse(JSON.parse(text));
    if (line.type === 'answer') this.#waiting.shift()?.(line);
    else this.lines.push(line);
    this.#listeners.forEach((look) => look());
  }

  #failed(what: string): Error {
    return new Error(`${this.name}: ${what}\n${this.#process.errors()}`);
  }
}
