/** The states of a machine's life with labs (lifecycle.ts), and what that life needs. */
import type { LabError } from '../contract/errors.ts';
import type { TimeStatus } from '../contract/time.ts';
import type { DatabaseReader } from '../lab/disk/databaseReader.ts';
import type { OpenLab } from '../lab/openLab.ts';
import type { OpenLabCommands } from '../lab/openLabCommands.ts';
import type { LabHistory } from '../lab/recording/labHistory.ts';
import type { LabServiceOptions } from '../lab/service.ts';
import type { OpenSimulatedLab } from '../lab/simulated/openSimulatedLab.ts';
import type { TraceEvent } from '../trace/events.ts';
import type { JoinedLab } from './guest/joinedLab.ts';
import type { Hosting } from './host/hosting.ts';
import type { MachineMemory } from './identity/memory.ts';
import type { LanFileKeeper } from './lanFile.ts';

/** A lab of this machine that is open. */
export interface OwnLab {
  readonly lab: OpenLab;
  readonly commands: OpenLabCommands;
  /** While it is open to the LAN. */
  hosting: Hosting | undefined;
}

/** Which lab this machine is in. */
export type LifecycleState =
  /** `problem`: why no lab is open, when one should be. */
  | { readonly type: 'none'; readonly problem?: LabError }
  | { readonly type: 'own'; readonly own: OwnLab }
  | { readonly type: 'simulated'; readonly lab: OpenSimulatedLab }
  | { readonly type: 'joined'; readonly joined: JoinedLab }
  | { readonly type: 'closed' };

export interface LifecycleOptions extends LabServiceOptions {
  readonly file: LanFileKeeper;
  readonly memory: MachineMemory;
  /** Which run of the program this is: a host uses it to tell a machine that rejoins from a copy of it. */
  readonly runId: string;
  readonly reader: DatabaseReader;
  readonly history: LabHistory;
  /** Every event of the lab that this machine is in. */
  readonly onEvents: (events: readonly TraceEvent[]) => void;
  /** The time of a simulated lab. */
  readonly onTime: (time: TimeStatus) => void;
  /**
   * The lab is another one than before, or none; or its picture is new from the ground up. `farewell`: why a lab of
   * another machine has ended for this one without its asking, for the person.
   */
  readonly onLabChanged: (farewell?: string) => void;
}
