/** Brings the cluster's members to their wanted roles: watches the trace, asks the leader for one step at a time. */
import { isDeepStrictEqual } from 'node:util';
import { LabError } from '../../contract/errors.ts';
import { timesOf } from '../../server/pace.ts';
import type { NodeId } from '../../raft/types.ts';
import type { TraceEvent } from '../../trace/events.ts';
import { fullNodeName, incarnationOf, nodeNameOf } from '../../trace/names.ts';
import type { ClusterView, NodeView } from '../../trace/view.ts';
import { CatchUpRounds } from './catchUp.ts';
import type { DataState } from './votersData.ts';
import type { LeaderRequests } from './leaderRequests.ts';
import { configurationIn } from './configurationInView.ts';
import { planMembership, votersAfter } from './membership.ts';
import type { MembershipAsk, MembershipStep } from './membership.ts';
import type { Wish } from './wish.ts';

/** When to check again if nothing has happened: a change or its answer may have been lost. */
const CHECK_AGAIN_MS = 500;
/** The same change is not asked for again within this time: the view lags behind the leader. */
const ASK_AGAIN_MS = 1000;
/** After this many failed transfers a leader loses its vote while it leads, and steps down (dissertation §4.2.2). */
const TRANSFER_TRIES_MAX = 3;

/** The events that can change a plan. */
const TELLING: ReadonlySet<TraceEvent['type']> = new Set<TraceEvent['type']>([
  'nodeWiped', 'nodeStarted', 'nodeFailed', 'nodeAway', 'nodeCrashed', 'nodePaused', 'nodeResumed', 'roleChanged',
  'configurationChanged', 'progressChanged', 'linkChanged',
]);

export interface MembershipKeeperHost {
  readonly view: ClusterView;
  /** The wanted roles of the lab's nodes. */
  readonly wishes: () => readonly Wish[];
  readonly data: () => ReadonlyMap<NodeId, DataState>;
  readonly leader: LeaderRequests;
  readonly emit: (step: MembershipStep) => void;
  /** A leaving node is no longer a member. Called again until its wish is gone. */
  readonly onGone: (id: NodeId) => void;
}

export class MembershipKeeper {
  readonly #host: MembershipKeeperHost;
  readonly #rounds = new CatchUpRounds();
  /** The last reported step of each node without its wanted role, so that a step is reported only once. */
  readonly #told = new Map<NodeId, MembershipStep>();
  readonly #waiting = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  /** The request under way. A new leader is asked without waiting for a former leader's answer. */
  #asking: MembershipAsk | undefined;
  #lastAsked: { readonly ask: string; readonly atMs: number } | undefined;
  #failedTransfers = 0;
  #isClosed = false;

  constructor(host: MembershipKeeperHost) {
    this.#host = host;
  }

  onEvents(events: readonly TraceEvent[]): void {
    if (events.some(({ type }) => type === 'configurationChanged')) {
      this.#lastAsked = undefined;
    }
    if (events.some(({ type }) => TELLING.has(type))) {
      this.check();
    }
  }

  /** The step of a node that is changing its role; undefined when it has its wanted role. */
  stepOf(id: NodeId): MembershipStep | undefined {
    return this.#told.get(id);
  }

  /** Waits until a condition holds after a check, at most `limitMs`. @returns whether it holds */
  async until(holds: () => boolean, limitMs: number): Promise<boolean> {
    this.check();
    if (holds() || this.#isClosed) {
      return holds();
    }
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve();
      };
      const look = (): void => {
        if (holds() || this.#isClosed) {
          end();
        }
      };
      const timer = setTimeout(end, limitMs);
      this.#waiting.add(look);
    });
    return holds();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#look();
  }

  /** Makes a plan, reports what is new, and asks for the next step. */
  check(): void {
    if (this.#isClosed) {
      return;
    }
    const wishes = this.#host.wishes();
    this.#rounds.keep(wishes.map(({ id }) => id));
    const { steps, ask, gone } = planMembership({
      view: this.#host.view,
      wishes,
      data: this.#host.data(),
      hasCaughtUp: (id, leader) => this.#hasCaughtUp(id, leader),
      mayTransfer: this.#failedTransfers < TRANSFER_TRIES_MAX,
    });
    this.#tell(steps, wishes);
    clearTimeout(this.#timer);
    if (steps.length > 0 || ask !== undefined || gone.length > 0) {
      this.#timer = setTimeout(() => this.check(), CHECK_AGAIN_MS);
    } else {
      this.#failedTransfers = 0;
    }
    for (const id of gone) {
      this.#host.onGone(id);
    }
    if (ask !== undefined) {
      this.#askOnce(ask);
    }
    this.#look();
  }

  #look(): void {
    for (const look of [...this.#waiting]) {
      look();
    }
  }

  #hasCaughtUp(id: NodeId, leader: NodeView): boolean {
    const progress = leader.progress[id];
    if (progress?.state !== 'replicate') {
      return false;
    }
    const { tickMs, electionTimeoutTicks } = timesOf(this.#host.view.pace);
    return this.#rounds.look(id, {
      matchIndex: progress.matchIndex,
      commitIndex: leader.commitIndex,
      nowMs: performance.now(),
      electionTimeoutMs: tickMs * electionTimeoutTicks,
    });
  }

  #askOnce(ask: MembershipAsk): void {
    const text = JSON.stringify(ask);
    const isRecent = this.#lastAsked?.ask === text && performance.now() - this.#lastAsked.atMs < ASK_AGAIN_MS;
    if (this.#asking?.leader === ask.leader || isRecent) {
      return;
    }
    this.#asking = ask;
    this.#lastAsked = { ask: text, atMs: performance.now() };
    this.#ask(ask).catch((error: unknown) => {
      // The leader was busy, or no longer leads: the next check makes another plan.
      if (!(error instanceof LabError)) {
        throw error;
      }
      if (this.#asking === ask) {
        this.#lastAsked = undefined;
      }
    }).finally(() => {
      if (this.#asking === ask) {
        this.#asking = undefined;
      }
    });
  }

  async #ask(ask: MembershipAsk): Promise<void> {
    const { leader } = this.#host;
    if ('change' in ask) {
      const configuration = configurationIn(this.#host.view);
      const voters = configuration === null ? [] : votersAfter(configuration, ask.change);
      if (!isDeepStrictEqual(voters, configuration?.voters)) {
        // The plan depends on a view that lags behind: the leader knows which nodes it hears now.
        await leader.confirmQuorum(ask.leader, voters);
      }
      await leader.change(ask.leader, ask.change);
      return;
    }
    try {
      await leader.transfer(ask.leader, ask.transferTo);
      this.#failedTransfers = 0;
    } catch (error) {
      this.#failedTransfers += 1;
      throw error;
    }
  }

  #tell(steps: readonly MembershipStep[], wishes: readonly Wish[]): void {
    for (const [id, told] of [...this.#told]) {
      const wish = wishes.find((candidate) => candidate.id === id);
      if (!steps.some((step) => step.id === id)) {
        this.#told.delete(id);
        // A node that was wiped again is not back: it has another id now. A leaving node is reported when it is gone.
        if (wish !== undefined && wish.member !== 'leaving') {
          this.#host.emit(arrivalOf(told, wish));
        }
      }
    }
    for (const step of steps) {
      const told = this.#told.get(step.id);
      if (told?.step !== step.step || told.detail !== step.detail) {
        this.#told.set(step.id, step);
        this.#host.emit(step);
      }
    }
  }
}

/** The event for a node that has its wanted role. */
function arrivalOf({ id, type }: MembershipStep, { member }: Wish): MembershipStep {
  const now = `${fullNodeName(id)} is a ${member}`;
  if (type === 'nodeLeaving') {
    return { id, type, step: 'demoted', detail: now };
  }
  const isBack = incarnationOf(id) > 1 ? `: ${nodeNameOf(id)} is back` : '';
  return { id, type, step: 'joined', detail: `${now}${isBack}` };
}
