/** The IPC channels between the window and the main process, and the command names that the preload script allows. */
import type { CommandName } from './commands.ts';

/** Window to main: `invoke(name, input)`, answered with a Reply. */
export const COMMAND_CHANNEL = 'raftlab:command';
/** Main to window: one EventBatch, as JSON text. */
export const EVENTS_CHANNEL = 'raftlab:events';
/** Main to window: another lab is open. */
export const LAB_CHANGED_CHANNEL = 'raftlab:lab-changed';
/** Main to window: the TimeStatus of a simulated lab. */
export const TIME_CHANNEL = 'raftlab:time';
/** Main to window: one WindowSignal. */
export const SIGNAL_CHANNEL = 'raftlab:signal';

/**
 * The names of all commands. The list repeats the keys of `commandSchemas` so that the preload script stays small
 * enough to read: it imports this list instead of the schemas. A test keeps the two in step.
 */
export const COMMAND_NAMES = [
  'app:info',
  'app:licences',
  'settings:get',
  'settings:set',
  'scenario:choose',
  'picture:save',
  'lab:list',
  'lab:create',
  'lab:open',
  'lab:rename',
  'lab:copy',
  'lab:openSeed',
  'lab:simulate',
  'lab:delete',
  'lab:attach',
  'lab:setPace',
  'lab:setLeaseReads',
  'lab:setDoor',
  'lab:setVariant',
  'events:acknowledge',
  'events:page',
  'node:crash',
  'node:restart',
  'node:pause',
  'node:resume',
  'node:wipe',
  'node:compact',
  'node:kv',
  'node:disk',
  'node:sessions',
  'message:deliver',
  'message:lose',
  'message:double',
  'link:set',
  'network:partition',
  'network:hold',
  'network:heal',
  'network:reset',
  'cluster:add',
  'cluster:remove',
  'cluster:promote',
  'cluster:demote',
  'cluster:replace',
  'cluster:transfer',
  'cluster:forgetLeader',
  'kv:execute',
  'time:status',
  'time:run',
  'time:hold',
  'time:setSpeed',
  'time:runFor',
  'time:step',
  'time:back',
  'time:until',
  'time:seek',
  'time:tape',
  'next:first',
  'next:lose',
  'next:double',
  'next:delay',
  'next:hold',
  'branch:select',
  'branch:rename',
  'branch:delete',
  'branch:compare',
  'lan:interfaces',
  'lan:status',
  'lan:open',
  'lan:close',
  'lan:renewCode',
  'lan:setJoining',
  'lan:dismiss',
  'lan:find',
  'lan:test',
  'lan:join',
  'lan:useCode',
  'lan:leave',
  'lan:bringNode',
  'lan:setPermits',
] as const satisfies readonly CommandName[];
