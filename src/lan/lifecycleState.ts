/** The states of a machine's life with labs (lifecycle.ts). */
import type { LabError } from '../contract/errors.ts';
import type { OpenLab } from '../lab/openLab.ts';
import type { OpenLabCommands } from '../lab/openLabCommands.ts';
import type { OpenSimulatedLab } from '../lab/simulated/openSimulatedLab.ts';
import type { JoinedLab } from './guest/joinedLab.ts';
import type { Hosting } from './host/hosting.ts';

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
