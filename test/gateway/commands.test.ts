/** The commands, by the bytes of their replies in both versions of the protocol. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Door } from '../../src/gateway/door.ts';
import { COMMANDS } from '../../src/gateway/commands/index.ts';
import { command, openDoor, RawClient } from './support/rawClient.ts';
import { ScriptedNode } from './support/scriptedNode.ts';

let node: ScriptedNode;
let door: Door;
let client: RawClient;

beforeEach(async () => {
  node = new ScriptedNode();
  door = await openDoor(node);
  client = await RawClient.open(door);
});

afterEach(() => {
  client.close();
  door.close();
});

/** The reply to a line of words. PING is sent behind it, so that a reply that is too long is seen as well. */
async function reply(line: string): Promise<string> {
  client.send(command(...line.split(' ')) + command('PING', 'end of the reply'));
  const end = '$16\r\nend of the reply\r\n';
  let text = '';
  while (!text.endsWith(end)) {
    const next = await client.read(1);
    if (next === '') break;
    text += next;
  }
  return text.slice(0, -end.length);
}

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;
const array = (...items: readonly string[]): string => `*${items.length}\r\n${items.join('')}`;

/** Lines with their replies, one after the other. */
async function holds(exchanges: readonly (readonly [line: string, expected: string])[]): Promise<void> {
  for (const [line, expected] of exchanges) {
    expect(await reply(line), line).toBe(expected);
  }
}

describe('strings', () => {
  test('SET with its options', () => holds([
    ['SET k one XX', '$-1\r\n'],
    ['SET k one NX', '+OK\r\n'],
    ['SET k two NX', '$-1\r\n'],
    ['SET k two NX GET', bulk('one')],
    ['SET k two XX', '+OK\r\n'],
    ['SET k three XX GET', bulk('two')],
    ['SET k four IFEQ two', '$-1\r\n'],
    ['set k four ifeq three', '+OK\r\n'],
    ['SET k five IFEQ four GET', bulk('four')],
    ['SET k six GET KEEPTTL', bulk('five')],
    ['GET k', bulk('six')],
    ['SET k seven NX XX', '-ERR syntax error\r\n'],
    ['SET k seven IFEQ', '-ERR syntax error\r\n'],
    ['SET k seven WHAT', '-ERR syntax error\r\n'],
  ]));

  test('SET does not expire anything, and says why', async () => {
    for (const option of ['EX', 'px', 'EXAT', 'PXAT']) {
      expect(await reply(`SET k v ${option} 5`)).toMatch(/^-ERR SET takes no (EX|PX)(AT)? here: .* clocks .*\r\n$/);
    }
    expect(node.asked).toEqual([]);
  });

  test('SET XX does not overwrite what changed meanwhile', async () => {
    await reply('SET k one');
    node.holds = true;
    client.send(command('SET', 'k', 'mine', 'XX', 'GET'));
    await expect.poll(() => node.asked.length).toBe(2); // the get
    const another = await RawClient.open(door);
    another.send(command('SET', 'k', 'theirs'));
    await expect.poll(() => node.asked.length).toBe(3);
    node.release('in order'); // the get sees one, then theirs is written
    await expect.poll(() => node.asked.length).toBe(4); // cas one
    node.holds = false;
    node.release();
    expect(await client.read(12)).toBe(bulk('theirs'));
    expect(node.asked.at(-1)?.command).toEqual({ op: 'cas', key: 'k', expected: 'theirs', value: 'mine' });
    another.close();
  });

  test('numbers', () => holds([
    ['INCR n', ':1\r\n'],
    ['INCRBY n 41', ':42\r\n'],
    ['DECR n', ':41\r\n'],
    ['DECRBY n 50', ':-9\r\n'],
    ['INCRBY n 1.5', '-ERR value is not an integer or out of range\r\n'],
    ['INCRBY n 99999999999999999999', '-ERR value is not an integer or out of range\r\n'],
    ['SET t text', '+OK\r\n'],
    ['INCR t', '-ERR value is not an integer or out of range\r\n'],
  ]));

  test('bytes of any kind come back as they were', async () => {
    const bytes = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('');
    client.send(command('SET', `k${bytes}`, bytes) + command('GET', `k${bytes}`) + command('STRLEN', `k${bytes}`));
    const expected = `+OK\r\n${bulk(bytes)}:256\r\n`;
    expect(await client.read(expected.length)).toBe(expected);
  });

  test('the rest', () => holds([
    ['SETNX k one', ':1\r\n'],
    ['SETNX k two', ':0\r\n'],
    ['GETSET k two', bulk('one')],
    ['STRLEN k', ':3\r\n'],
    ['STRLEN none', ':0\r\n'],
    ['TYPE k', '+string\r\n'],
    ['TYPE none', '+none\r\n'],
    ['TTL k', ':-1\r\n'],
    ['PTTL none', ':-2\r\n'],
    ['GETDEL k', bulk('two')],
    ['GETDEL k', '$-1\r\n'],
    ['DEL k', ':0\r\n'],
    ['SET k one', '+OK\r\n'],
    ['UNLINK k', ':1\r\n'],
    ['GETEX k', '$-1\r\n'],
  ]));
});

describe('several keys', () => {
  test('are read as of one moment', async () => {
    await reply('SET a 1');
    expect(await reply('MGET a b a')).toBe(array(bulk('1'), '$-1\r\n', bulk('1')));
    expect(await reply('EXISTS a b a')).toBe(':2\r\n');
    expect(await reply('EXISTS b')).toBe(':0\r\n');
  });

  test('are read again when something was written in between', async () => {
    node.holds = true;
    client.send(command('MGET', 'a', 'b'));
    await expect.poll(() => node.asked.length).toBe(2);
    node.writeBetween = true; // each held answer follows a write
    node.release();
    await expect.poll(() => node.asked.length).toBe(4);
    node.writeBetween = false;
    node.holds = false;
    node.release();
    expect(await client.read(14)).toBe(array('$-1\r\n', '$-1\r\n'));
  });

  test('are not written, and the reply says why', async () => {
    expect(await reply('MSET a 1 b 2')).toMatch(/^-ERR MSET is not carried out: several keys .*\r\n$/);
    expect(await reply('DEL a b')).toMatch(/^-ERR only one key at once: .*\r\n$/);
    expect(node.asked).toEqual([]);
  });
});

describe('keys in order', () => {
  beforeEach(async () => {
    for (const key of ['a', 'user:1', 'user:2', 'user:3', 'z*']) {
      await reply(`SET ${key} v`);
    }
  });

  test('KEYS takes a prefix or one key', async () => {
    await holds([
      ['KEYS user:*', array(bulk('user:1'), bulk('user:2'), bulk('user:3'))],
      ['KEYS user', array()],
      ['KEYS a', array(bulk('a'))],
      ['KEYS z\\*', array(bulk('z*'))],
    ]);
    for (const pattern of ['*:1', 'user:?', 'user:[12]', 'u*r*']) {
      expect(await reply(`KEYS ${pattern}`)).toMatch(/^-ERR only patterns like prefix\* are taken/);
    }
  });

  test('KEYS follows pages', async () => {
    for (let number = 1000; number < 3500; number += 1) {
      client.send(command('SET', `n${number}`, 'v'));
    }
    await client.read(2500 * 5);
    expect((await reply('KEYS n*')).split('\r\n').filter((line) => /^n\d/.test(line))).toHaveLength(2500);
  });

  test('SCAN lists each key once, page by page', async () => {
    const found: string[] = [];
    let cursor = '0';
    let rounds = 0;
    do {
      const lines = (await reply(`SCAN ${cursor} MATCH user:* COUNT 2`)).split('\r\n');
      cursor = lines[2] ?? '';
      found.push(...lines.filter((line) => line.startsWith('user:')));
      rounds += 1;
    } while (cursor !== '0' && rounds < 10);
    expect({ found, rounds }).toEqual({ found: ['user:1', 'user:2', 'user:3'], rounds: 2 });
    expect(await reply('SCAN 12345 COUNT 2')).toMatch(/^-ERR invalid cursor: .*Begin again with 0/);
    expect(await reply('SCAN 0 TYPE hash')).toBe(array(bulk('0'), array()));
  });

  test('DBSIZE counts after a confirmed read', async () => {
    expect(await reply('DBSIZE')).toBe(':5\r\n');
    expect(node.asked.at(-1)?.command.op).toBe('list');
  });
});

describe('errors', () => {
  test.each([
    ['unknown-outcome', '-UNCERTAIN what happened\r\n'],
    ['no-leader', '-CLUSTERDOWN what happened\r\n'],
    ['busy', '-TRYAGAIN what happened\r\n'],
    ['refused', '-ERR what happened\r\n'],
  ] as const)('%s', async (code, expected) => {
    node.error = { code, message: 'what\r\nhappened' };
    expect(await reply('SET k v')).toBe(expected);
  });

  test('in the words that clients know', () => holds([
    ['NOSUCH a b', "-ERR unknown command 'nosuch', with args beginning with: 'a' 'b' \r\n"],
    ['GET', "-ERR wrong number of arguments for 'get' command\r\n"],
    ['GET a b', "-ERR wrong number of arguments for 'get' command\r\n"],
    ['CLIENT MAINT_NOTIFICATIONS ON', "-ERR unknown subcommand 'MAINT_NOTIFICATIONS'. Try CLIENT HELP.\r\n"],
    ['CLIENT SETNAME', "-ERR wrong number of arguments for 'client|setname' command\r\n"],
    ['SELECT 1', '-ERR DB index is out of range: there is one key space, and its number is 0\r\n'],
    ['HELLO 4', '-NOPROTO unsupported protocol version\r\n'],
    ['HELLO x', '-ERR Protocol version is not an integer or out of range\r\n'],
  ]));

  test('of keys and values beyond the limits', async () => {
    expect(await reply(`GET ${'k'.repeat(513)}`)).toBe('-ERR the key has 513 bytes, and Raftlab takes at most 512\r\n');
    client.send(command('GET', '') + command('SET', 'k', 'v'.repeat(1024 * 1024 + 1)));
    const expected = '-ERR the key is empty: Raftlab takes none of these\r\n'
      + '-ERR the value has 1048577 bytes, and Raftlab takes at most 1048576\r\n';
    expect(await client.read(expected.length)).toBe(expected);
  });

  test('of what is refused name a reason', async () => {
    for (const name of ['EVAL', 'MULTI', 'EXPIRE', 'SUBSCRIBE', 'FLUSHALL', 'BLPOP', 'APPEND', 'DEBUG', 'SHUTDOWN']) {
      expect(await reply(`${name} x`)).toMatch(new RegExp(`^-ERR ${name} is not carried out: \\w.{20,}\\r\\n$`));
    }
  });
});

describe('about the server', () => {
  test('HELLO in both versions', async () => {
    expect(await reply('HELLO')).toMatch(/^\*14\r\n\$6\r\nserver\r\n\$5\r\nredis\r\n.*\$5\r\nproto\r\n:2\r\n/s);
    expect(await reply('HELLO 3 SETNAME me')).toMatch(/^%7\r\n.*\$5\r\nproto\r\n:3\r\n.*\$4\r\nrole\r\n\$6\r\nmaster/s);
    await holds([
      ['GET none', '_\r\n'],
      ['CLIENT GETNAME', bulk('me')],
      ['SET k v', '+OK\r\n'],
      ['CONFIG GET save appendonly', `%2\r\n${bulk('appendonly')}${bulk('yes')}${bulk('save')}${bulk('')}`],
      ['RESET', '+RESET\r\n'],
      ['CONFIG GET save', array(bulk('save'), bulk(''))],
      ['CLIENT GETNAME', '$-1\r\n'],
    ]);
    const me: unknown = expect.stringMatching(/^me-n1-[0-9a-f]{8}-1$/);
    expect(node.asked.map(({ client: name }) => name)).toEqual([me, me]); // a name of its own in the cluster
    expect(node.gone.at(-1)).toEqual(me);
  });

  test('COMMAND lists what is carried out', async () => {
    const offered = [...COMMANDS.values()].filter(({ isRefused }) => isRefused !== true).length;
    await holds([
      ['COMMAND COUNT', `:${offered}\r\n`],
      ['COMMAND GETKEYS MGET a b', array(bulk('a'), bulk('b'))],
      ['COMMAND INFO none', array('$-1\r\n')],
    ]);
    expect(await reply('COMMAND INFO get'))
      .toMatch(/^\*1\r\n\*10\r\n\$3\r\nget\r\n:2\r\n\*2\r\n\+readonly\r\n\+fast\r\n:1\r\n:1\r\n:1/);
    expect(await reply('COMMAND DOCS set')).toMatch(/^\*2\r\n\$3\r\nset\r\n\*8\r\n\$7\r\nsummary\r\n/);
  });

  test('INFO has the fields that clients read', async () => {
    expect(await reply('INFO')).toMatch(/redis_version:7\.4\.0\r\n.*loading:0\r\n.*role:master\r\n.*raft_term:7\r\n/s);
    expect(await reply('INFO cluster')).toBe(bulk('# Cluster\r\ncluster_enabled:0\r\n'));
    node.changes = { role: 'follower', leader: 2 };
    expect(await reply('INFO replication')).toContain('role:slave\r\nmaster_host:127.0.0.1\r\nmaster_port:7002\r\n');
    expect(await reply('ROLE')).toBe(array(bulk('slave'), bulk('127.0.0.1'), ':7002\r\n', bulk('connected'), ':0\r\n'));
  });

  test('WAIT counts who stores the last write', async () => {
    await reply('SET k v');
    await holds([['WAIT 1 0', ':1\r\n'], ['WAIT 2 20', ':1\r\n']]);
    node.changes = { role: 'follower', leader: 2 };
    await holds([['WAIT 1 20', ':1\r\n']]); // a majority of three, of which one leads
  });

  test('RAFT', async () => {
    expect(await reply('RAFT STATUS')).toContain('raft_role:leader\r\nraft_term:7\r\nraft_leader:n1\r\n');
    await holds([
      ['RAFT LEADER', bulk('n1')],
      ['RAFT TRANSFER', bulk('n2')],
      ['RAFT TRANSFER n3', bulk('n3')],
    ]);
    expect(node.transfersTo).toEqual([2, 3]);
    expect(await reply('RAFT TRANSFER n9')).toBe('-ERR there is no member of that name: n1, n2, n3\r\n');
  });

  test('MONITOR shows what is applied', async () => {
    const monitor = await RawClient.open(door);
    monitor.send(command('MONITOR'));
    expect(await monitor.read(5)).toBe('+OK\r\n');
    await reply('SET colour teal');
    const line = '+1700000000.123500 [0 resp-n1-xxxxxxxx-1] "put" "colour" "teal"\r\n';
    expect((await monitor.read(line.length)).replace(/-n1-[0-9a-f]{8}-/, '-n1-xxxxxxxx-')).toBe(line);
    monitor.close();
    await expect.poll(() => node.watcherCount).toBe(0);
  });
});

describe('Redis Cluster', () => {
  beforeEach(() => door.change({ password: null, redirects: true }));

  test('sends clients to the leader', async () => {
    expect(await reply('SET {user}:1 v')).toBe('+OK\r\n');
    node.changes = { role: 'follower', leader: 2 };
    await holds([
      ['GET foo', '-MOVED 12182 127.0.0.1:7002\r\n'],
      ['SET {user}:1 v', '-MOVED 5474 127.0.0.1:7002\r\n'],
      ['CLUSTER KEYSLOT {user}:2', ':5474\r\n'],
      ['CLUSTER KEYSLOT {}x', ':10595\r\n'],
      ['READONLY', '+OK\r\n'],
      ['GET {user}:1', bulk('v')],
      ['SET foo v', '-MOVED 12182 127.0.0.1:7002\r\n'],
    ]);
    expect(node.asked.at(-1)?.read).toBe('stale');
    node.changes = { role: 'follower', leader: 3 };
    expect(await reply('SET foo v')).toMatch(/^-CLUSTERDOWN the leader is n3, which has no door/);
    node.changes = { role: 'candidate', leader: 0 };
    expect(await reply('SET foo v')).toMatch(/^-CLUSTERDOWN n1 knows no leader/);
    expect(await reply('CLUSTER SLOTS')).toBe('*0\r\n');
  });

  test('describes the members', async () => {
    const id = (number: number): string => String(number).padStart(40, '0');
    const place = (number: number): string => array(
      bulk('127.0.0.1'), `:700${number}\r\n`, bulk(id(number)), array(),
    );
    expect(await reply('CLUSTER SLOTS')).toBe(array(array(':0\r\n', ':16383\r\n', place(1), place(2))));
    expect(await reply('CLUSTER NODES'))
      .toContain(`${id(1)} 127.0.0.1:7001@0 myself,master - 0 0 7 connected 0-16383\n`);
    expect(await reply('CLUSTER INFO')).toContain('cluster_enabled:1\r\ncluster_state:ok\r\n');
    expect(await reply('CLUSTER MYID')).toBe(bulk(id(1)));
  });
});

describe('a password', () => {
  beforeEach(async () => {
    client.close();
    door.change({ password: 'open sesame', redirects: false });
    client = await RawClient.open(door);
  });

  test('comes before everything else', async () => {
    client.send(command('GET', 'a') + command('AUTH', 'wrong') + command('AUTH', 'default', 'open sesame')
      + command('GET', 'a'));
    const expected = '-NOAUTH Authentication required.\r\n'
      + '-WRONGPASS invalid username-password pair or user is disabled.\r\n+OK\r\n$-1\r\n';
    expect(await client.read(expected.length)).toBe(expected);
  });

  test('comes with HELLO as well', async () => {
    client.send(command('HELLO', '3'));
    expect(await client.read(28)).toBe('-NOAUTH HELLO must be called');
    client.close();
    client = await RawClient.open(door);
    client.send(command('HELLO', '3', 'AUTH', 'default', 'open sesame'));
    expect(await client.read(4)).toBe('%7\r\n');
  });

  test('that is wrong three times ends the connection', async () => {
    client.send(command('AUTH', 'a') + command('AUTH', 'b') + command('AUTH', 'c') + command('PING'));
    expect((await client.rest()).match(/WRONGPASS/g)).toHaveLength(3);
  });

  test('limits what may come before it', async () => {
    client.send('*1\r\n$16385\r\n');
    expect(await client.rest()).toBe('-ERR Protocol error: invalid bulk length\r\n');
  });
});
