/**
 * The run of a seed as a lab: the same run as that of `npm run sim`, with its day's faults, clients and checks. What a
 * check finds is an event, and the run ends there.
 */
import type { AttachAnswer, DiskPage, NodeKvPage, SessionsPage } from '../../contract/answers.ts';
import type { CommandInput } from '../../contract/commands.ts';
import { LabError } from '../../contract/errors.ts';
import type { NextEvent } from '../../contract/time.ts';
import type { NodeId } from '../../raft/index.ts';
import { LabTrace, RECENT_EVENTS } from '../../trace/labTrace.ts';
import { incarnationOf, nodeNameOf, type NodeName } from '../../trace/names.ts';
import type { Micros, Schedule } from '../schedule.ts';
import { settingsFromSeed } from '../settings.ts';
import type { SimulatedNode } from '../simulatedNode.ts';
import { SeedRun } from '../simulation.ts';
import { findingOf, type Happening, RunTrace } from '../trace.ts';
import { diskPageOf } from './diskPage.ts';
import type { LabRecord } from './labRecord.ts';
import { NextEvents } from './nextEvents.ts';
import {
  EVENTS_KEPT_MAX, type SeedLabOptions, type SteppedLab, type SteppedLabListener,
} from './steppedLab.ts';

export class SeedLab implements SteppedLab {
  readonly trace: LabTrace;
  readonly #options: SeedLabOptions;
  readonly #run: SeedRun;
  readonly #next: NextEvents;

  constructor(options: SeedLabOptions, listener: SteppedLabListener) {
    this.#options = options;
    let atMs = 0;
    this.trace = new LabTrace(() => atMs, (events) => listener.onEvents(events), EVENTS_KEPT_MAX);
    const { seed, rulesOff } = options;
    this.#run = new SeedRun(settingsFromSeed({ seed, rulesOff }), new SeedTrace(this.trace, options, (now) => {
      atMs = now / 1000;
    }));
    const { cluster } = this.#run;
    cluster.onTurn = () => listener.onTurn();
    this.#next = new NextEvents({
      schedule: cluster.schedule, node: (id) => cluster.server(id), onLost: () => undefined,
    });
  }

  get now(): Micros {
    return this.#run.cluster.schedule.now;
  }

  get nextAt(): Micros | undefined {
    return this.#run.isOver ? undefined : this.#run.cluster.schedule.nextAt;
  }

  get present(): Pick<LabRecord, 'nodeCount' | 'pace' | 'variant'> {
    return { ...this.#options.present, nodeCount: Object.keys(this.trace.view.nodes).length };
  }

  /** The same as that of `npm run sim`, when the run is over. */
  get summary(): ReturnType<SeedRun['summary']> {
    return this.#run.summary();
  }

  takeNext(): void {
    this.#run.step();
  }

  advanceTo(at: Micros): void {
    // After its end nothing is due any more, whatever waits.
    if (!this.#run.isOver) this.#run.cluster.schedule.advanceTo(at);
  }

  /** @throws {LabError} `refused` */
  act(): never {
    throw new LabError(
      'refused', `this is the run of seed ${this.#options.seed}, which is what it is: step through it. To do something `
      + 'yourself, make a simulated lab',
    );
  }

  // ---- What is there ------------------------------------------------------------------------------------------------

  attach(): AttachAnswer {
    return { view: structuredClone(this.trace.view), recentEvents: this.trace.recent(RECENT_EVENTS) };
  }

  kvPage({ node, prefix, limit }: CommandInput<'node:kv'>): NodeKvPage {
    return this.#running(node).applier.page(prefix, limit);
  }

  sessions({ node, limit }: CommandInput<'node:sessions'>): SessionsPage {
    return this.#running(node).applier.sessionsPage(limit);
  }

  disk({ node, fromIndex, count }: CommandInput<'node:disk'>): DiskPage {
    return diskPageOf(this.#options.labId, this.#node(node), fromIndex, count);
  }

  nextEvents(): { readonly next: readonly NextEvent[]; readonly nextBeyond: number } {
    return this.#run.isOver ? { next: [], nextBeyond: 0 } : this.#next.list();
  }

  /** The newest node of a name. */
  #node(name: NodeName): SimulatedNode {
    const node = [...this.#run.cluster.servers].findLast(({ id }) => nodeNameOf(id) === name);
    if (node === undefined) throw new LabError('unknown-node', `there is no node ${name} at this moment`);
    return node;
  }

  #running(name: NodeName): SimulatedNode {
    const node = this.#node(name);
    if (node.life !== 'up') throw new LabError('node-crashed', `node ${name} does not run at this moment`);
    return node;
  }
}

/** Tells what happens in the run as a lab's trace. */
class SeedTrace extends RunTrace {
  readonly #trace: LabTrace;
  readonly #options: SeedLabOptions;
  readonly #setClock: (now: Micros) => void;
  /** The newest node of each name: a number is used again when its node is gone. */
  readonly #newest = new Map<NodeName, NodeId>();

  constructor(trace: LabTrace, options: SeedLabOptions, setClock: (now: Micros) => void) {
    super();
    this.#trace = trace;
    this.#options = options;
    this.#setClock = setClock;
  }

  override opened({ now }: Schedule, seed: number, voters: readonly NodeId[]): void {
    const { labId, name, present: { pace, variant } } = this.#options;
    this.#setClock(now);
    for (const id of voters) this.#newest.set(nodeNameOf(id), id);
    this.#trace.record({ type: 'labOpened', labId, name, pace, nodes: voters.map(nodeNameOf), seed, variant });
  }

  override nodeEvent({ now }: Schedule, node: NodeId, happening: Happening): void {
    const name = nodeNameOf(node);
    const newest = this.#newest.get(name) ?? 0;
    if (node < newest) return; // another one has its name
    this.#setClock(now);
    if (node > newest) {
      this.#newest.set(name, node);
      this.#trace.record({ type: 'nodeAdded', name, incarnation: incarnationOf(node) });
    }
    this.#trace.recordOf(node, happening);
  }

  override violated({ now }: Schedule, violation: Error): void {
    this.#setClock(now);
    this.#trace.record({ ...findingOf(violation), seenAtSeq: this.#trace.view.seq });
  }
}
