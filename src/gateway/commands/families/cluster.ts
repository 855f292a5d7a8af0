/** CLUSTER: the members as Redis Cluster describes its nodes. The leader has all slots; the others are its replicas. */
import type { DoorMember, DoorStanding } from '../../doorNode.ts';
import type { ReplyWriter } from '../../resp/replyWriter.ts';
import type { Call, Command } from '../command.ts';
import { hashSlotOf, SLOT_COUNT } from '../hashSlot.ts';
import { integerReply, linesReply, textReply } from '../replies.ts';
import { clusterIdOf, leaderOf } from '../served.ts';
import { runSubcommand } from '../subcommands.ts';
import type { Subcommands } from '../subcommands.ts';
import { wordOf } from '../words.ts';

type Reachable = DoorMember & { readonly door: NonNullable<DoorMember['door']> };

/** The members that clients can reach, the leader first; none without a leader that they can reach. */
function reachable(standing: DoorStanding): readonly Reachable[] {
  const leader = leaderOf(standing);
  const members = standing.members.filter((member): member is Reachable => member.door !== null);
  return members.some(({ id }) => id === leader?.id)
    ? members.toSorted((a, b) => Number(b.id === leader?.id) - Number(a.id === leader?.id)) : [];
}

function info(call: Call): void {
  const standing = call.door.node.standing();
  const isUp = reachable(standing).length > 0;
  call.answer(linesReply([
    `cluster_enabled:${call.door.redirects ? 1 : 0}`,
    `cluster_state:${isUp ? 'ok' : 'fail'}`,
    `cluster_slots_assigned:${SLOT_COUNT}`,
    `cluster_slots_ok:${isUp ? SLOT_COUNT : 0}`,
    'cluster_slots_pfail:0',
    `cluster_slots_fail:${isUp ? 0 : SLOT_COUNT}`,
    `cluster_known_nodes:${standing.members.length}`,
    'cluster_size:1',
    `cluster_current_epoch:${standing.term}`,
    `cluster_my_epoch:${standing.term}`,
  ]));
}

function slots(call: Call): void {
  const members = reachable(call.door.node.standing());
  call.answer((writer) => {
    writer.array(members.length === 0 ? 0 : 1);
    if (members.length > 0) {
      writer.array(2 + members.length);
      writer.integer(0);
      writer.integer(SLOT_COUNT - 1);
      for (const member of members) {
        writer.array(4);
        writer.text(member.door.address);
        writer.integer(member.door.port);
        writer.text(clusterIdOf(member));
        writer.array(0);
      }
    }
  });
}

function shards(call: Call): void {
  const standing = call.door.node.standing();
  const members = reachable(standing);
  call.answer((writer) => {
    writer.array(members.length === 0 ? 0 : 1);
    if (members.length > 0) {
      writer.map(2);
      writer.text('slots');
      writer.array(2);
      writer.integer(0);
      writer.integer(SLOT_COUNT - 1);
      writer.text('nodes');
      writer.array(members.length);
      for (const member of members) {
        writeShardNode(writer, member, standing);
      }
    }
  });
}

function writeShardNode(writer: ReplyWriter, member: Reachable, { leader, commitIndex }: DoorStanding): void {
  const fields = {
    id: clusterIdOf(member),
    port: member.door.port,
    ip: member.door.address,
    endpoint: member.door.address,
    role: member.id === leader ? 'master' : 'replica',
    'replication-offset': member.matchIndex ?? commitIndex,
    health: 'online',
  };
  writer.map(Object.keys(fields).length);
  for (const [name, value] of Object.entries(fields)) {
    writer.text(name);
    if (typeof value === 'number') {
      writer.integer(value);
    } else {
      writer.text(value);
    }
  }
}

function nodes(call: Call): void {
  const { door } = call;
  const standing = door.node.standing();
  const leader = leaderOf(standing);
  call.answer(linesReply(standing.members.map((member) => {
    const isLeader = member.id === leader?.id;
    const address = member.door === null ? ':0@0' : `${member.door.address}:${member.door.port}@0`;
    const flags = `${member.id === door.node.id ? 'myself,' : ''}${isLeader ? 'master' : 'slave'}`
      + (member.door === null ? ',noaddr' : '');
    const master = isLeader || leader === undefined ? '-' : clusterIdOf(leader);
    const range = isLeader ? ` 0-${SLOT_COUNT - 1}` : '';
    return `${clusterIdOf(member)} ${address} ${flags} ${master} 0 0 ${standing.term} connected${range}`;
  }), '\n'));
}

const SUBCOMMANDS: Subcommands = {
  INFO: { words: 2, run: info },
  SLOTS: { words: 2, run: slots },
  SHARDS: { words: 2, run: shards },
  NODES: { words: 2, run: nodes },
  MYID: { words: 2, run: (call) => call.answer(textReply(clusterIdOf(call.door.node))) },
  KEYSLOT: { words: 3, run: (call) => call.answer(integerReply(hashSlotOf(wordOf(call, 2)))) },
  COUNTKEYSINSLOT: { words: 3, refused: 'keys are not kept by slots here: it would have to look at every key' },
  GETKEYSINSLOT: { words: 4, refused: 'keys are not kept by slots here: it would have to look at every key' },
  FAILOVER: { words: -2, refused: 'RAFT TRANSFER hands the leadership over' },
};

export const CLUSTER_COMMANDS: readonly Command[] = [
  {
    name: 'cluster', arity: -2, mode: 'local', group: 'cluster', syntax: 'INFO|SLOTS|SHARDS|NODES|MYID|KEYSLOT',
    summary: 'The members as a Redis Cluster in which the leader has all slots.',
    run: (call) => runSubcommand(call, 'cluster', SUBCOMMANDS),
  },
];
