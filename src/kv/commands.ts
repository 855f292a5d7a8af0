/** The key-value commands, their results and their limits: the vocabulary of the replicated state machine. */

/**
 * Limits in bytes, which keys and values are (bytes.ts). A command that breaks one is refused before it is proposed.
 */
export const KEY_BYTES_MAX = 512;
export const VALUE_BYTES_MAX = 1024 * 1024;
/**
 * The most that keys and values together may take, unless a lab sets less: a node's memory and file are made for it.
 */
export const DATA_BYTES_MAX = 256 * 1024 * 1024;
/** The least that a lab may be limited to. */
export const DATA_BYTES_LEAST = 1024;
/** What a pair counts against that limit on top of its key and value: even a short pair takes memory. */
export const PAIR_BYTES = 128;
/** The most pairs that one `list` returns. */
export const LIST_ENTRIES_MAX = 1000;
/** The most bytes of keys and values that one `list` returns; the first pair is returned whatever its size. */
export const LIST_BYTES_MAX = 1024 * 1024;
/** The longest name of a client and the longest token of a registration. */
export const CLIENT_BYTES_MAX = 64;

export type KvCommand =
  | { readonly op: 'get'; readonly key: string }
  | { readonly op: 'put'; readonly key: string; readonly value: string }
  | { readonly op: 'delete'; readonly key: string }
  /** Compare and set: writes `value` only where the key now holds `expected`; null stands for "absent". */
  | { readonly op: 'cas'; readonly key: string; readonly expected: string | null; readonly value: string }
  /** Adds to a whole number; an absent key counts as 0. */
  | { readonly op: 'incr'; readonly key: string; readonly by: number }
  /** The pairs whose keys begin with `prefix`; of those only the ones behind the key `after`, which also does. */
  | { readonly op: 'list'; readonly prefix: string; readonly limit: number; readonly after?: string };

/** A command that changes nothing. */
export type ReadCommand = Extract<KvCommand, { readonly op: 'get' | 'list' }>;

/** Whether a command changes nothing. */
export function isReadCommand(command: KvCommand): command is ReadCommand {
  return command.op === 'get' || command.op === 'list';
}

export type KvOperation = KvCommand['op'];

export interface KvPair {
  readonly key: string;
  readonly value: string;
}

/** A pair for display. */
export interface KvPreview extends KvPair {
  /** The whole value's length in UTF-16 units, where `value` is only its beginning. */
  readonly cutFrom?: number;
}

export type KvRefusalCode =
  | 'not-a-number' // incr on a value that is not a whole number
  | 'number-too-large' // incr beyond Number.MAX_SAFE_INTEGER
  | 'data-limit-reached' // keys and values together would be more than the cluster allows
  | 'session-expired' // the client's session is gone: it is unknown whether an earlier try took effect
  | 'sequence-too-old' // the result of such an old request is no longer kept
  | 'malformed-entry'; // the entry's bytes are not a command: it changes nothing, on any node

/** What the state machine answers. Deterministic: every node computes the same. */
export type KvResult =
  | { readonly type: 'value'; readonly value: string | null }
  | { readonly type: 'written'; readonly previous: string | null }
  | { readonly type: 'deleted'; readonly previous: string | null }
  | { readonly type: 'compared'; readonly swapped: boolean; readonly actual: string | null }
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'list'; readonly entries: readonly KvPair[]; readonly truncated: boolean }
  | { readonly type: 'registered'; readonly session: number }
  | { readonly type: 'refused'; readonly code: KvRefusalCode; readonly message: string };

/**
 * What a log entry of type `command` holds, CBOR-encoded. A client registers once and gets a session (its number is the
 * index of that entry); after that its requests are numbered, so that a retry takes effect once (dissertation §6.3). A
 * plain command has no session: each copy of it that gets into the log takes effect (Raft §8). Registrations and plain
 * commands may set how large keys and values together may be from their entry on, and every write is one or follows
 * one. The limit is in the log because a setting of each node could differ (docs/decisions/0051).
 */
export type KvEntry =
  | { readonly kind: 'register'; readonly client: string; readonly request: string; readonly dataBytesMax?: number }
  | {
      readonly kind: 'request';
      readonly client: string;
      readonly session: number;
      readonly sequence: number;
      /** Every sequence below this one has been answered, so its result may be forgotten. */
      readonly acknowledgedBelow: number;
      readonly command: KvCommand;
    }
  | {
      readonly kind: 'plain';
      readonly client: string;
      /** Tells it from every other command: the node that was asked finds its own by it. */
      readonly request: string;
      readonly dataBytesMax?: number;
      readonly command: KvCommand;
    };
