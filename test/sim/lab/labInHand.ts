/** A simulated lab without a thread, whose time goes on only as a test asks. */
import type { CommandAnswer, CommandInput } from '../../../src/contract/commands.ts';
import { DEFAULT_SIMULATION, type Simulation, type TimeStatus } from '../../../src/contract/time.ts';
import { type LabRecord, newLabRecord } from '../../../src/sim/lab/labRecord.ts';
import { Timeline, type TimelineCommandName } from '../../../src/sim/lab/timeline.ts';
import type { Pace, TraceEvent } from '../../../src/trace/events.ts';
import type { NodeName } from '../../../src/trace/names.ts';
import { RAFTLAB_VARIANT, type RaftVariant } from '../../../src/trace/variant.ts';
import type { ClusterView } from '../../../src/trace/view.ts';

export interface LabInHandOptions {
  readonly nodeCount?: number;
  readonly pace?: Pace;
  readonly seed?: number;
  readonly simulation?: Partial<Simulation>;
  readonly variant?: RaftVariant;
}

/** How long it works at a piece. What happens does not depend on it. */
const BUDGET_MS = 5;

export class LabInHand {
  readonly timeline: Timeline;
  readonly events: TraceEvent[] = [];
  readonly times: TimeStatus[] = [];
  moves = 0;

  constructor(record: LabRecord) {
    this.timeline = new Timeline(record, {
      wallMs: () => performance.now(),
      listener: {
        onEvents: (events) => this.events.push(...events),
        onMoved: () => {
          this.moves += 1;
        },
        onTime: (time) => this.times.push(time),
        onChanged: () => undefined,
      },
    });
    this.work();
  }

  static make(
    { nodeCount = 3, pace = 'class', seed = 4, simulation, variant = RAFTLAB_VARIANT }: LabInHandOptions = {},
  ): LabInHand {
    return new LabInHand(newLabRecord({
      labId: 'lab-a', name: 'Lab', nodeCount, pace, variant, simulation: { seed, ...DEFAULT_SIMULATION, ...simulation },
    }));
  }

  get view(): ClusterView {
    return this.timeline.view;
  }

  get status(): TimeStatus {
    return this.timeline.status();
  }

  get leader(): NodeName {
    const leader = Object.values(this.view.nodes).find(({ role, life }) => role === 'leader' && life === 'running');
    if (leader === undefined) throw new Error('nobody leads');
    return leader.name;
  }

  /** Everything that can be done without more time. */
  work(): void {
    while (this.timeline.work(BUDGET_MS) === 'busy') { /* there is more */ }
  }

  /** A command that needs no more time than it takes itself. */
  async do<Name extends TimelineCommandName>(name: Name, input: CommandInput<Name>): Promise<CommandAnswer<Name>> {
    const answer = this.timeline.execute(name, input);
    this.work();
    return answer;
  }

  /** A command whose answer takes virtual time. */
  async within<Name extends TimelineCommandName>(
    forMs: number, name: Name, input: CommandInput<Name>,
  ): Promise<CommandAnswer<Name>> {
    const answer = this.timeline.execute(name, input);
    answer.catch(() => undefined); // awaited below
    await this.do('time:runFor', { forMs });
    return answer;
  }

  runFor(forMs: number): Promise<TimeStatus> {
    return this.do('time:runFor', { forMs });
  }
}
