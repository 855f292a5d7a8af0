/** What the lab needs from another machine that runs some of its nodes, whatever connects the two. */
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
  /** Starts a node there, or connects to it again if it runs. */
  launch(plan: NodePlan): LaunchNode;
  /** Deletes a node's database. @throws {Error} when the machine refuses, does not answer, or disconnects */
  erase(name: NodeName): Promise<void>;
  /** A page of a node's database. @throws {LabError} when the machine cannot read it, is silent, or disconnects */
  readDisk(name: NodeName, fromIndex: number | undefined, count: number): Promise<DiskPage>;
}

/** The address of this machine's nodes, and the secret from which the keys of all datagrams are derived. */
export interface NodeBinding {
  readonly address: string;
  /** In Base64; every machine that runs a node of the lab knows it. */
  readonly secret: string;
  /** What programs send to the nodes' doors there. */
  readonly doorPassword: string;
}
