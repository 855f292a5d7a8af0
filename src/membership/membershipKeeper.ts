/** Brings the cluster's members to their wanted roles: watches the trace, asks the leader for one step at a time. */
import { timesOf } from '../server/pace.ts';
import type { NodeId } from '../raft/types.ts';
import type { Clock, Timer } from '../server/world.ts';
import type { TraceEvent } from '../trace/events.ts';
import { fullNodeName, incarnationOf, nodeNameOf } from '../trace/names.ts';
import type { ClusterView, NodeView } from '../trace/view.ts';
import { CatchUpRounds } from './catchUp.ts';
import type { DataState } from './votersData.ts';
import type { Done, LeaderCalls } from './leaderCalls.ts';
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
export const TELLING: ReadonlySet<TraceEvent['type']> = new Set<TraceEvent['type']>([
  'nodeWiped', 'nodeStarted', 'nodeFailed', 'nodeAway', 'nodeCrashed', 'nodePaused', 'nodeResumed', 'roleChanged',
  'configurationChanged', 'progressChanged', 'linkChanged',
]);

export interface MembershipKeeperHost {
  readonly view: ClusterView;
  /** The wanted roles of the lab's nodes. */
  readonly wishes: () => readonly Wish[];
  readonly data: () => ReadonlyMap<NodeId, DataState>;
  readonly leader: LeaderCalls;
  readonly clock: Pick<Clock, 'nowMs' | 'after'>;
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
  #timer: Timer | undefined;
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

  /** Calls back when a condition holds after a check, at the latest after `limitMs`, with whether it holds. */
  until(holds: () => boolean, limitMs: number, then: (isSo: boolean) => void): void {
    this.check();
    if (holds() || this.#isClosed) {
      then(holds());
      return;
    }
    const end = (): void => {
      timer.cancel();
      this.#waiting.delete(look);
      then(holds());
    };
    const look = (): void => {
      if (holds() || this.#isClosed) {
        end();
      }
    };
    const timer = this.#host.clock.after(limitMs, end);
    this.#waiting.add(look);
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
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
    this.#timer?.cancel();
    if (steps.length > 0 || ask !== undefined || gone.length > 0) {
      this.#timer = this.#host.clock.after(CHECK_AGAIN_MS, () => this.check());
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
      nowMs: this.#host.clock.nowMs(),
      electionTimeoutMs: tickMs * electionTimeoutTicks,
    });
  }

  #askOnce(ask: MembershipAsk): void {
    const text = JSON.stringify(ask);
    const nowMs = this.#host.clock.nowMs();
    const isRecent = this.#lastAsked?.ask === text && nowMs - this.#lastAsked.atMs < ASK_AGAIN_MS;
    if (this.#asking?.leader === ask.leader || isRecent) {
      return;
    }
    this.#asking = ask;
    this.#lastAsked = { ask: text, atMs: nowMs };
    this.#ask(ask, (error) => {
      if (this.#asking === ask) {
        this.#asking = undefined;
        // With an error the leader was busy, or no longer leads: the next check makes another plan.
        this.#lastAsked = error === undefined ? this.#lastAsked : undefined;
      }
    });
  }

  #ask(ask: MembershipAsk, done: Done): void {
    const { leader } = this.#host;
    if (!('change' in ask)) {
      leader.transfer(ask.leader, ask.transferTo, (error) => {
        this.#failedTransfers = error === undefined ? 0 : this.#failedTransfers + 1;
        done(error);
      });
      return;
    }
    const configuration = configurationIn(this.#host.view);
    const voters = configuration === null ? [] : votersAfter(configuration, ask.change);
    if (voters.join() === configuration?.voters.join()) {
      leader.change(ask.leader, ask.change, done);
      return;
    }
    // The plan depends on a view that lags behind: the leader knows which nodes it hears now.
    leader.confirmQuorum(ask.leader, voters, (error) => {
      if (error === undefined) {
        leader.change(ask.leader, ask.change, done);
      } else {
        done(error);
      }
    });
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
