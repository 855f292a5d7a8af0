/** What a simulated lab with its time needs from whoever hosts it, and what it tells them. */
import type { TimeStatus } from '../../contract/time.ts';
import type { TraceEvent } from '../../trace/events.ts';
import type { LabBeginning } from './labBeginning.ts';
import type { SeedLabOptions, SteppedLab, SteppedLabListener } from './steppedLab.ts';

export interface TimelineListener {
  /** What happens in the run that is shown. */
  onEvents(events: readonly TraceEvent[]): void;
  /** Another moment is shown, and what happened since the last one was not told: attach again. */
  onMoved(): void;
  onTime(status: TimeStatus): void;
  /** What is kept of the lab has changed. */
  onChanged(): void;
}

export interface TimelineOptions {
  /** A clock for how long work takes, in milliseconds. It decides nothing of what happens in the lab. */
  readonly wallMs: () => number;
  /** Where the lab continues a live one. */
  readonly beginning?: LabBeginning | undefined;
  /** Whether also a long way forward is told event by event, for whoever writes down what happens; absent: no. */
  readonly tellsEveryEvent?: boolean;
  /** Makes the run of a seed; absent: there are none (a page in a browser has no seals for its datagrams). */
  readonly openSeed?: (options: SeedLabOptions, listener: SteppedLabListener) => SteppedLab;
  readonly listener: TimelineListener;
}
