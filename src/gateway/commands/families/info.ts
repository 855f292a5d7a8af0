/** INFO: the door and its node in the fields that Redis' clients and people know, and Raft's own. */
import type { Call, Command, DoorContext } from '../command.ts';
import { CLIENTS_MAX } from '../limits.ts';
import { linesReply } from '../replies.ts';
import { leaderOf, SERVED_VERSION } from '../served.ts';

type Fields = Readonly<Record<string, string | number>>;

/** By name, in the order in which they are shown. */
const SECTIONS: Readonly<Record<string, (door: DoorContext) => Fields>> = {
  Server: (door) => ({
    redis_version: SERVED_VERSION,
    redis_mode: door.redirects ? 'cluster' : 'standalone',
    server_name: 'raftlab',
    tcp_port: door.port,
    uptime_in_seconds: Math.floor((door.wallMs() - door.openedAtMs) / 1000),
  }),
  Clients: ({ clients }) => ({ connected_clients: clients.size, maxclients: CLIENTS_MAX, blocked_clients: 0 }),
  Persistence: () => ({ loading: 0, aof_enabled: 1, rdb_bgsave_in_progress: 0 }),
  Stats: ({ connectionsTotal, commandsTotal }) => ({
    total_connections_received: connectionsTotal, total_commands_processed: commandsTotal,
  }),
  Replication: replicationFields,
  Raft: raftFields,
  Cluster: ({ redirects }) => ({ cluster_enabled: redirects ? 1 : 0 }),
  Keyspace: ({ node }): Fields => {
    const { keyCount } = node.standing();
    return keyCount === 0 ? {} : { db0: `keys=${keyCount},expires=0,avg_ttl=0` };
  },
};

function replicationFields({ node }: DoorContext): Fields {
  const standing = node.standing();
  const offset = { master_repl_offset: standing.commitIndex };
  const leader = leaderOf(standing);
  if (standing.role === 'leader') {
    const replicas = standing.members.filter(({ id }) => id !== node.id);
    return {
      role: 'master',
      connected_slaves: replicas.length,
      ...Object.fromEntries(replicas.map(({ door, matchIndex }, at) => [
        `slave${at}`,
        `ip=${door?.address ?? ''},port=${door?.port ?? 0},state=online,offset=${matchIndex ?? 0},lag=0`,
      ])),
      ...offset,
    };
  }
  return {
    role: 'slave',
    master_host: leader?.door?.address ?? '',
    master_port: leader?.door?.port ?? 0,
    master_link_status: leader === undefined ? 'down' : 'up',
    connected_slaves: 0,
    ...offset,
  };
}

function raftFields({ node }: DoorContext): Fields {
  const standing = node.standing();
  return {
    node: node.name,
    raft_role: standing.role,
    raft_term: standing.term,
    raft_leader: leaderOf(standing)?.name ?? 'none',
    raft_commit_index: standing.commitIndex,
    raft_last_applied: standing.lastApplied,
    raft_last_index: standing.lastIndex,
    raft_voters: standing.members.filter(({ isVoter }) => isVoter).map(({ name }) => name).join(','),
    raft_learners: standing.members.filter(({ isVoter }) => !isVoter).map(({ name }) => name).join(','),
  };
}

const EVERYTHING = new Set(['ALL', 'DEFAULT', 'EVERYTHING']);

function info(call: Call): void {
  const wanted = new Set(call.words.slice(1).map((word) => word.toString('latin1').toUpperCase()));
  const takesAll = wanted.size === 0 || [...wanted].some((section) => EVERYTHING.has(section));
  const lines: string[] = [];
  for (const [name, fieldsOf] of Object.entries(SECTIONS)) {
    if (takesAll || wanted.has(name.toUpperCase())) {
      const fields = Object.entries(fieldsOf(call.door));
      lines.push(`# ${name}`, ...fields.map(([field, value]) => `${field}:${value}`), '');
    }
  }
  call.answer(linesReply(lines.slice(0, -1)));
}

/** RAFT STATUS. */
export function status(call: Call): void {
  call.answer(linesReply(Object.entries(raftFields(call.door)).map(([field, value]) => `${field}:${value}`)));
}

export const INFO_COMMANDS: readonly Command[] = [
  {
    name: 'info', arity: -1, mode: 'local', group: 'server', syntax: '[section]',
    summary: `About the door and its node: ${Object.keys(SECTIONS).join(', ')}.`, run: info,
  },
];
