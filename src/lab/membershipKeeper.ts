/** Brings wiped nodes back into the cluster: watches the trace, asks the leader for one change after the other. */
import { LabError } from '../contract/errors.ts';
import type { ConfigurationChange } from '../raft/index.ts';
import type { NodeId } from '../raft/types.ts';
import type { TraceEvent } from '../trace/events.ts';
import { fullNodeName, nodeNameOf } from '../trace/names.ts';
import type { NodeName } from '../trace/names.ts';
import type { ClusterView } from '../trace/view.ts';
import { planMembership } from './membership.ts';
import type { JoiningStep } from './membership.ts';

/** When to look again if nothing has happened: a change or its answer may have been lost. */
const CHECK_AGAIN_MS = 500;

/** What can bring a plan forward. */
const TELLING: ReadonlySet<TraceEvent['type']> = new Set<TraceEvent['type']>([
  'nodeWiped', 'nodeStarted', 'nodeCrashed', 'nodePaused', 'roleChanged', 'configurationChanged', 'progressChanged',
]);

export interface MembershipKeeperHost {
  readonly view: ClusterView;
  /** The ids of the lab's nodes as they are now. */
  readonly wanted: () => readonly NodeId[];
  readonly change: (leader: NodeName, change: ConfigurationChange) => Promise<void>;
  readonly emit: (step: JoiningStep) => void;
}

export class MembershipKeeper {
  readonly #host: MembershipKeeperHost;
  /** What was told last of each node that joins, so that it is told once. */
  readonly #told = new Map<NodeId, string>();
  #timer: NodeJS.Timeout | undefined;
  #isAsking = false;
  #isClosed = false;

  constructor(host: MembershipKeeperHost) {
    this.#host = host;
  }

  onEvents(events: readonly TraceEvent[]): void {
    if (events.some(({ type }) => TELLING.has(type))) {
      this.#check();
    }
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #check(): void {
    if (this.#isClosed) {
      return;
    }
    const { joining, ask } = planMembership(this.#host.view, this.#host.wanted());
    this.#tell(joining);
    clearTimeout(this.#timer);
    if (joining.length > 0 || ask !== undefined) {
      this.#timer = setTimeout(() => this.#check(), CHECK_AGAIN_MS);
    }
    if (ask !== undefined && !this.#isAsking) {
      this.#isAsking = true;
      this.#host.change(ask.leader, ask.change).catch((error: unknown) => {
        // The leader was busy, or is none any more: the next check makes another plan.
        if (!(error instanceof LabError)) {
          throw error;
        }
      }).finally(() => {
        this.#isAsking = false;
      });
    }
  }

  #tell(joining: readonly JoiningStep[]): void {
    for (const step of joining) {
      if (this.#told.get(step.id) !== step.detail) {
        this.#told.set(step.id, step.detail);
        this.#host.emit(step);
      }
    }
    for (const id of [...this.#told.keys()]) {
      if (!joining.some((step) => step.id === id)) {
        this.#told.delete(id);
        // A node that was wiped once more is not back: it has another id now.
        if (this.#host.wanted().includes(id)) {
          const detail = `${fullNodeName(id)} is a voter: ${nodeNameOf(id)} is back`;
          this.#host.emit({ id, step: 'joined', detail });
        }
      }
    }
  }
}
