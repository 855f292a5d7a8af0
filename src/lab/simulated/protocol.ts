/** What a simulated lab's thread is asked, and what it tells. Both ends are this program's own code, from one build. */
import type { LabErrorData } from '../../contract/errors.ts';
import type { TimeStatus } from '../../contract/time.ts';
import type { LabBeginning } from '../../sim/lab/labBeginning.ts';
import type { LabRecord } from '../../sim/lab/labRecord.ts';
import type { TimelineCommandName } from '../../sim/lab/timeline.ts';
import type { TraceEvent } from '../../trace/events.ts';

/** What the thread starts with. */
export interface SimulationStart {
  readonly record: LabRecord;
  readonly beginning: LabBeginning | undefined;
  /** Whether also a long way forward is told event by event. */
  readonly tellsEveryEvent: boolean;
}

export type ToSimulation =
  | { readonly type: 'execute'; readonly id: number; readonly name: TimelineCommandName; readonly input: unknown }
  | { readonly type: 'rename'; readonly name: string }
  /** The last record comes, and then the thread ends. */
  | { readonly type: 'close' };

/** What may change while the lab runs. */
export type Present = Pick<LabRecord, 'nodeCount' | 'pace' | 'variant'>;

export type FromSimulation =
  | { readonly type: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly type: 'refused'; readonly id: number; readonly error: LabErrorData }
  | { readonly type: 'events'; readonly events: readonly TraceEvent[] }
  | { readonly type: 'moved' }
  | { readonly type: 'time'; readonly time: TimeStatus }
  | { readonly type: 'record'; readonly record: LabRecord; readonly present: Present };
