/** What a simulated lab begins with where it continues a live one: its nodes with their disks, and its network. */
import type { Wish } from '../../membership/wish.ts';
import type { NodeId } from '../../raft/index.ts';
import type { LinkSetting } from '../../server/net/labNetwork.ts';
import type { NodeName } from '../../trace/names.ts';
import type { DiskContents } from '../disk.ts';

export interface NodeBeginning extends Wish {
  readonly state: 'running' | 'paused' | 'crashed';
  /** Null: it has never run. */
  readonly disk: DiskContents | null;
}

export interface LabBeginning {
  readonly nodes: readonly NodeBeginning[];
  /** The last ids of nodes that were removed: an id is never used twice. */
  readonly former: readonly NodeId[];
  /** The configuration before the first entry. */
  readonly initialVoters: readonly NodeId[];
  readonly links: readonly LinkSetting[];
  readonly partition: readonly (readonly NodeName[])[] | null;
}
