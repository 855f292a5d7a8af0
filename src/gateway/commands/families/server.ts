/** Commands about the server: its settings, its size, who stores what, and what it does. */
import { DATA_BYTES_MAX, VALUE_BYTES_MAX } from '../../../kv/index.ts';
import { CommandError } from '../command.ts';
import type { Call, Command } from '../command.ts';
import { CLIENTS_MAX } from '../limits.ts';
import { integerReply, mapReply, OK, textsReply } from '../replies.ts';
import { leaderOf, replicasWith } from '../served.ts';
import { runSubcommand } from '../subcommands.ts';
import { integerOf } from '../words.ts';

/** How often WAIT looks who stores the entry. */
const LOOK_AGAIN_MS = 10;
const WAIT_MS_MAX = 60_000;

/** What tools ask for; the true values, as far as there are such settings. */
const SETTINGS: Readonly<Record<string, string>> = {
  appendfsync: 'always',
  appendonly: 'yes',
  'cluster-enabled': 'no',
  databases: '1',
  maxclients: String(CLIENTS_MAX),
  maxmemory: String(DATA_BYTES_MAX),
  'maxmemory-policy': 'noeviction',
  'notify-keyspace-events': '',
  'proto-max-bulk-len': String(VALUE_BYTES_MAX),
  requirepass: '',
  save: '',
  timeout: '0',
};

function configGet(call: Call): void {
  const patterns = call.words.slice(2).map((word) => globOf(word.toString('latin1')));
  const settings = { ...SETTINGS, 'cluster-enabled': call.door.redirects ? 'yes' : 'no' };
  call.answer(mapReply(Object.fromEntries(
    Object.entries(settings).filter(([name]) => patterns.some((pattern) => pattern(name))),
  )));
}

/** Whether a name is what a pattern with stars says. Only stars are special, so that no pattern takes long. */
function globOf(pattern: string): (name: string) => boolean {
  const parts = pattern.toLowerCase().split('*');
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  return (name) => {
    if (last === undefined) {
      return name === first;
    }
    if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) {
      return false;
    }
    let at = first.length;
    return rest.every((part) => {
      const found = name.indexOf(part, at);
      at = found + part.length;
      return found >= 0 && at <= name.length - last.length;
    });
  };
}

/** The keys are counted in this node's state, when it has applied all that was committed before. */
function dbsize(call: Call): void {
  call.ask({ op: 'list', prefix: '', limit: 1 }, () => {
    call.answer(integerReply(call.door.node.standing().keyCount));
  });
}

function role(call: Call): void {
  const standing = call.door.node.standing();
  const leader = leaderOf(standing);
  if (standing.role === 'leader') {
    const replicas = standing.members.filter(({ id }) => id !== call.door.node.id);
    call.answer((writer) => {
      writer.array(3);
      writer.text('master');
      writer.integer(standing.commitIndex);
      writer.array(replicas.length);
      for (const { door, matchIndex } of replicas) {
        textsReply([door?.address ?? '', String(door?.port ?? 0), String(matchIndex ?? 0)])(writer);
      }
    });
    return;
  }
  call.answer((writer) => {
    writer.array(5);
    writer.text('slave');
    writer.text(leader?.door?.address ?? '');
    writer.integer(leader?.door?.port ?? 0);
    writer.text(leader === undefined ? 'connect' : 'connected');
    writer.integer(standing.lastApplied);
  });
}

function wait(call: Call): void {
  const wanted = integerOf(call, 1);
  const timeoutMs = integerOf(call, 2);
  if (timeoutMs < 0) {
    throw new CommandError('ERR timeout is negative');
  }
  const longestMs = timeoutMs === 0 ? call.door.timeoutMs() : Math.min(timeoutMs, WAIT_MS_MAX);
  const untilMs = performance.now() + longestMs;
  const look = (): void => {
    const count = replicasWith(call.door.node.standing(), call.client.lastWriteIndex);
    if (count >= wanted || performance.now() >= untilMs || !call.client.sendsMore) {
      call.answer(integerReply(count));
    } else {
      setTimeout(look, LOOK_AGAIN_MS).unref();
    }
  };
  look();
}

function monitor(call: Call): void {
  call.answer(OK);
  call.client.monitor();
}

function time(call: Call): void {
  const ms = call.door.wallMs();
  const seconds = Math.floor(ms / 1000);
  call.answer(textsReply([String(seconds), String(Math.floor((ms - seconds * 1000) * 1000))]));
}

const SERVER = { group: 'server' } as const;
const EMPTY_LIST = textsReply([]);

export const SERVER_COMMANDS: readonly Command[] = [
  {
    ...SERVER, name: 'config', arity: -2, mode: 'local', syntax: 'GET pattern', summary: 'What tools ask for.',
    run: (call) => runSubcommand(call, 'config', {
      GET: { words: -3, run: configGet },
      SET: { words: -4, refused: 'the window and the terminal set what can be set' },
      RESETSTAT: { words: 2, refused: 'nothing is counted that one would set back' },
      REWRITE: { words: 2, refused: 'there is no configuration file' },
    }),
  },
  {
    ...SERVER, name: 'dbsize', arity: 1, mode: 'alone', access: 'read', summary: 'The number of keys.', run: dbsize,
  },
  {
    ...SERVER, name: 'role', arity: 1, mode: 'local', summary: 'Whether this node leads, and who else is there.',
    run: role,
  },
  {
    name: 'wait', arity: 3, mode: 'alone', group: 'generic', syntax: 'numreplicas timeout',
    summary: 'Waits until so many other nodes store this connection\'s last write. A node that does not lead knows of '
      + 'a majority only.',
    run: wait,
  },
  {
    ...SERVER, name: 'monitor', arity: 1, mode: 'alone', summary: 'Shows what this node applies, as it does.',
    run: monitor,
  },
  { ...SERVER, name: 'time', arity: 1, mode: 'local', summary: 'The time of day here.', run: time },
  {
    ...SERVER, name: 'slowlog', arity: -2, mode: 'local', syntax: 'GET|LEN|RESET', summary: 'Empty: see the events.',
    run: (call) => runSubcommand(call, 'slowlog', {
      GET: { words: -2, run: () => call.answer(EMPTY_LIST) },
      LEN: { words: 2, run: () => call.answer(integerReply(0)) },
      RESET: { words: 2, run: () => call.answer(OK) },
    }),
  },
  {
    ...SERVER, name: 'latency', arity: -2, mode: 'local', syntax: 'LATEST', summary: 'Empty: see the events.',
    run: (call) => runSubcommand(call, 'latency', {
      LATEST: { words: 2, run: () => call.answer(EMPTY_LIST) },
    }),
  },
];
