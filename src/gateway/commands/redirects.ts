/** Who leads, in the words of Redis Cluster: a node that does not lead sends clients there. */
import type { Call, Command, CommandMode } from './command.ts';
import { hashSlotOf } from './hashSlot.ts';
import { leaderOf } from './served.ts';

/** Where a command on keys has to go instead; undefined where this node carries it out. */
export function redirectOf({ door, client, words }: Call, command: Command, mode: CommandMode): string | undefined {
  const key = command.keys === undefined ? undefined : words[command.keys.first];
  const isRead = (command.access ?? mode) === 'read';
  if (!door.redirects || key === undefined || mode === 'local' || (isRead && client.readsStale)) {
    return undefined;
  }
  const standing = door.node.standing();
  if (standing.role === 'leader') {
    return undefined;
  }
  const leader = leaderOf(standing);
  if (leader === undefined) {
    return `CLUSTERDOWN ${door.node.name} knows no leader at the moment: nothing was done`;
  }
  if (leader.door === null) {
    return `CLUSTERDOWN the leader is ${leader.name}, which has no door: nothing was done`;
  }
  return `MOVED ${hashSlotOf(key)} ${leader.door.address}:${leader.door.port}`;
}
