/** Commands of Redis that are not carried out, and why. */
import { CommandError } from '../command.ts';
import type { Command } from '../command.ts';

/** By the reason. */
const REFUSED: readonly (readonly [reason: string, ...names: string[]])[] = [
  ['nothing expires by a clock, because the clocks of the nodes differ and each would delete the key at another place '
    + 'of the log', 'expire', 'pexpire', 'expireat', 'pexpireat', 'setex', 'psetex'],
  ['several keys would be several entries of the log, and others could see some written and some not. Send one command '
    + 'for each key, in one pipeline', 'mset', 'msetnx', 'rename', 'renamenx', 'copy', 'move'],
  ['a transaction would be more than one entry of the log. SET key value IFEQ value compares and sets in one',
    'multi', 'exec', 'discard', 'watch', 'unwatch'],
  ['a script would have to do the same on every node, and nothing here makes sure that it does',
    'eval', 'eval_ro', 'evalsha', 'evalsha_ro', 'script', 'function', 'fcall', 'fcall_ro'],
  ['the door tells nobody what happens but through MONITOR',
    'subscribe', 'psubscribe', 'ssubscribe', 'unsubscribe', 'punsubscribe', 'sunsubscribe', 'publish', 'spublish',
    'pubsub'],
  ['values are bytes: there are no lists, sets, hashes or streams',
    'lpush', 'rpush', 'lpop', 'rpop', 'lrange', 'llen', 'blpop', 'brpop', 'blmove', 'lmove', 'sadd', 'srem',
    'smembers', 'sismember', 'scard', 'spop', 'hset', 'hget', 'hgetall', 'hdel', 'hmset', 'hmget', 'hincrby', 'zadd',
    'zrange', 'zscore', 'zrem', 'zincrby', 'zpopmin', 'xadd', 'xread', 'xrange', 'xlen', 'pfadd', 'pfcount', 'geoadd',
    'sort', 'sort_ro'],
  ['it would change part of a value, and the log has no entry for that: GET the value, and SET it with IFEQ',
    'append', 'setrange', 'setbit', 'bitfield', 'incrbyfloat'],
  ['it would read part of a value: GET reads all of it', 'getrange', 'substr', 'getbit', 'bitcount', 'bitpos'],
  ['it would delete everything, and each deletion is an entry of the log', 'flushall', 'flushdb'],
  ['chance differs from node to node', 'randomkey'],
  ['the window and the terminal start, stop and crash nodes', 'shutdown', 'debug', 'failover', 'replicaof', 'slaveof'],
  ['each write is on the disks of a majority before it is answered; the node takes snapshots by itself',
    'save', 'bgsave', 'bgrewriteaof', 'lastsave', 'waitaof'],
  ['it would show how Redis keeps things in memory', 'object', 'memory', 'dump', 'restore', 'touch', 'swapdb'],
  ['there is one user', 'acl'],
  ['there are no modules', 'module'],
];

export const REFUSED_COMMANDS: readonly Command[] = REFUSED.flatMap(([reason, ...names]) => names.map((name) => ({
  name,
  arity: -1,
  mode: 'local' as const,
  group: 'generic' as const,
  summary: `Not carried out: ${reason}.`,
  isRefused: true,
  run: () => {
    throw new CommandError(`ERR ${name.toUpperCase()} is not carried out: ${reason}`);
  },
})));
