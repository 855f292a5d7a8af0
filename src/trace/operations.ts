/** What clients asked of the cluster and what they were told: every operation, however busy the nodes are. */
import type { KvCommand, KvResult } from '../kv/commands.ts';
import type { Index, NodeId, Term } from '../raft/types.ts';
import type { ClientOutcome } from './events.ts';

/** Of a longer value only the beginning is kept, followed by its length and a digest: equal marks, equal values. */
export const VALUE_MARK_MAX = 96;

/** How an operation that reads was answered; `log`: by an entry of its own. */
export type OperationRead = 'read-index' | 'lease' | 'log' | 'stale';

/**
 * One command of one client on the node that it asked. Values are marks (VALUE_MARK_MAX). It is told when it is asked
 * (`outcome` null), when it is answered, and again when an unknown outcome is decided: what is told later replaces it.
 */
export interface ClientOperation {
  /** Unique in the lab. */
  readonly requestId: string;
  readonly client: string;
  readonly node: NodeId;
  readonly command: KvCommand;
  /** Absent for a command that writes. */
  readonly read?: OperationRead;
  /** By the clock of the node's machine, as in TraceEvent. */
  readonly askedAtMs: number;
  /** Null until it is answered. */
  readonly answeredAtMs: number | null;
  /** Null until it is answered. */
  readonly outcome: ClientOutcome | null;
  /** Null unless `outcome` is `ok`, or the state machine refused the command. */
  readonly result: KvResult | null;
  /**
   * Where it stands in the order of all: the index of its entry; for a read without one, the last entry that was
   * applied when it was read. Null where that is not known, and for what never took effect.
   */
  readonly index: Index | null;
  /** The term of that entry; 0 where it is not known. */
  readonly term: Term;
  /** Of an `unknown` outcome that was decided: whether it took effect. Null until then. */
  readonly tookEffect: boolean | null;
  /** When its parts ended, in milliseconds after it was asked; absent where a part is not known. */
  readonly parts: OperationParts;
}

/** Where the time of an operation went: each is the time, after it was asked, at which that part had ended. */
export interface OperationParts {
  /** It left for the leader. */
  readonly forwardedMs?: number;
  /** Its entry was in the log of the asked node. */
  readonly appendedMs?: number;
  /** Its read index was known. */
  readonly confirmedMs?: number;
  /** The asked node knew that its entry is committed, and had applied it. */
  readonly appliedMs?: number;
}

/** What stands for a value: itself when it is short. Equal values have equal marks, and others do not by all odds. */
export function valueMark(value: string): string {
  if (value.length <= VALUE_MARK_MAX) return value;
  return `${beginningOf(value)}… (${value.length} characters, digest ${digestOf(value).toString(36)})`;
}

/** A command with marks for its values. */
export function markedCommand(command: KvCommand): KvCommand {
  switch (command.op) {
    case 'put':
      return isShort(command.value) ? command : { ...command, value: valueMark(command.value) };
    case 'cas':
      return isShort(command.value) && isShort(command.expected) ? command
        : { ...command, expected: markOrNull(command.expected), value: valueMark(command.value) };
    default:
      return command;
  }
}

/** A result with marks for its values. */
export function markedResult(result: KvResult): KvResult {
  switch (result.type) {
    case 'value':
      return isShort(result.value) ? result : { ...result, value: markOrNull(result.value) };
    case 'written':
    case 'deleted':
      return isShort(result.previous) ? result : { ...result, previous: markOrNull(result.previous) };
    case 'compared':
      return isShort(result.actual) ? result : { ...result, actual: markOrNull(result.actual) };
    case 'list':
      return { ...result, entries: result.entries.map(({ key, value }) => ({ key, value: valueMark(value) })) };
    default:
      return result;
  }
}

function isShort(value: string | null): boolean {
  return value === null || value.length <= VALUE_MARK_MAX;
}

function markOrNull(value: string | null): string | null {
  return value === null ? null : valueMark(value);
}

/** Half of a character that takes two units is left out. */
function beginningOf(value: string): string {
  const last = value.charCodeAt(VALUE_MARK_MAX - 1);
  const isHalf = last >= 0xd800 && last < 0xdc00;
  return value.slice(0, isHalf ? VALUE_MARK_MAX - 1 : VALUE_MARK_MAX);
}

/** 53 bits from two multiplicative hashes (the constants are MurmurHash3's and xxHash's): no adversary is expected. */
function digestOf(value: string): number {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let at = 0; at < value.length; at += 1) {
    const unit = value.charCodeAt(at);
    high = Math.imul(high ^ unit, 2_654_435_761);
    low = Math.imul(low ^ unit, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return 2 ** 32 * (high & 0x1f_ffff) + (low >>> 0);
}
