/** Operations that have a place in the order of all: their entry's index, or the last entry applied when they read. */
import type { Index } from '../../raft/types.ts';
import { compareByBytes, startsWithBytes } from '../../kv/text.ts';
import type { KvCommand, KvResult } from '../../kv/commands.ts';
import type { ClientOperation } from '../../trace/operations.ts';
import type { SingleKeyCommand } from './models.ts';

/** An operation that took effect, or read, at a known place. */
export interface PlacedOperation extends ClientOperation {
  readonly index: Index;
}

/** An operation on one key. */
export interface KeyedOperation extends ClientOperation {
  readonly command: SingleKeyCommand;
}

/** What is known of an operation's place. `without`: it never took effect, so it needs none. `open`: not known yet. */
export type Placing = 'placed' | 'open' | 'without';

/** Whether an operation has a place in the order of all. */
export function placingOf({ outcome, result, tookEffect, index }: ClientOperation): Placing {
  if (outcome === 'refused' || result?.type === 'refused' || tookEffect === false) return 'without';
  if (outcome === null || (outcome === 'unknown' && tookEffect === null)) return 'open';
  return index === null ? 'open' : 'placed';
}

export function isPlaced(operation: ClientOperation): operation is PlacedOperation {
  return placingOf(operation) === 'placed';
}

export function isKeyed(operation: ClientOperation): operation is KeyedOperation {
  return operation.command.op !== 'list';
}

/**
 * The order of indexes: writes before the reads that saw them, reads of one index as they were asked.
 * Where it fits the answers and the times, the operations are linearizable, and it is the proof.
 */
export function inOrder(a: PlacedOperation, b: PlacedOperation): number {
  return a.index - b.index || Number(hasOwnEntry(b)) - Number(hasOwnEntry(a)) || a.askedAtMs - b.askedAtMs;
}

function hasOwnEntry({ read }: ClientOperation): boolean {
  return read === undefined || read === 'log';
}

/** When it was over for its client; Infinity where the client never learnt what became of it. */
export function endOf({ answeredAtMs, outcome }: ClientOperation): number {
  return outcome === 'ok' && answeredAtMs !== null ? answeredAtMs : Infinity;
}

type List = Extract<KvCommand, { readonly op: 'list' }>;
type Listed = Extract<KvResult, { readonly type: 'list' }>;

/** Whether a list tells of a key, be it there or not. */
export function tellsOf({ prefix, after }: List, { entries, truncated }: Listed, key: string): boolean {
  const last = truncated ? entries.at(-1)?.key : undefined;
  return startsWithBytes(key, prefix) && (after === undefined || compareByBytes(key, after) > 0)
    && (last === undefined || compareByBytes(key, last) <= 0);
}

/** What an operation says of a key: a list that tells of it is a read of it. Undefined: nothing. */
export function asOfKey(operation: ClientOperation, key: string): KeyedOperation | undefined {
  if (isKeyed(operation)) return operation.command.key === key ? operation : undefined;
  const { command, result } = operation;
  if (command.op !== 'list' || result?.type !== 'list' || !tellsOf(command, result, key)) return undefined;
  const value = result.entries.find((entry) => entry.key === key)?.value ?? null;
  return { ...operation, command: { op: 'get', key }, result: { type: 'value', value } };
}
