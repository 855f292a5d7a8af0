/** What the lab needs of another machine that runs nodes of it, whatever connects the two. */
import type { DiskPage } from '../../contract/answers.ts';
import type { LanRole } from '../../contract/lan.ts';
import type { NodeName } from '../../trace/names.ts';
import type { LaunchNode, NodePlan } from './nodeLink.ts';

export interface LabMachine {
  readonly identity: { readonly machineId: string; readonly name: string; readonly role: LanRole };
  /** Whether its owner lets the host act on its nodes. */
  readonly permits: boolean;
  /** The address at which its nodes are reached. */
  readonly address: string;
  /** Starts a node there, or takes hold of it again if it runs. */
  launch(plan: NodePlan): LaunchNode;
  /** Deletes a node's database. @throws {Error} when the machine refuses, says nothing, or goes */
  erase(name: NodeName): Promise<void>;
  /** A page of a node's database. @throws {LabError} when the machine cannot read it, says nothing, or goes */
  readDisk(name: NodeName, fromIndex: number | undefined, count: number): Promise<DiskPage>;
}

/** Where the nodes of this machine are bound, and the secret from which the keys of all datagrams follow. */
export interface NodeBinding {
  readonly address: string;
  /** In Base64; known to whoever runs a node of the lab. */
  readonly secret: string;
}
