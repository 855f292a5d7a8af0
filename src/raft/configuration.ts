/** Membership changes as data (dissertation §4): what can be asked for, and how it is written into a log entry. */
import { ConfigurationError } from './errors.ts';
import type { Configuration, NodeId } from './types.ts';

const CHANGE_TYPES = ['add-voter', 'add-learner', 'remove', 'update'] as const;

/**
 * `add-voter` adds a server or promotes a learner; `add-learner` adds one that receives the log without a vote, or
 * demotes a voter; `update` changes nothing for Raft (its owner may keep an address in the change's context).
 */
export type SingleChangeType = (typeof CHANGE_TYPES)[number];

/** One server's change. Id 0 is ignored. */
export interface SingleChange {
  readonly type: SingleChangeType;
  readonly id: NodeId;
}

const TRANSITIONS = ['auto', 'joint-implicit', 'joint-explicit'] as const;

/**
 * How the configuration changes. `auto`: in one step for a single change (dissertation §4.1), otherwise through joint
 * consensus, which the leader leaves automatically. `joint-implicit`: joint consensus, left automatically.
 * `joint-explicit`: joint consensus until an empty change leaves it (dissertation §4.3).
 */
export type Transition = (typeof TRANSITIONS)[number];

/** A membership change. Without any changes, and with transition `auto`, it leaves joint consensus. */
export interface ConfigurationChange {
  readonly transition: Transition;
  readonly changes: readonly SingleChange[];
  /** Opaque text from the proposer, handed back when the change is applied: an address, a name. */
  readonly context?: string;
}

/** The change that leaves joint consensus. */
export const LEAVE_JOINT: ConfigurationChange = { transition: 'auto', changes: [] };

/** A configuration without members: that of a node that waits to learn of a cluster. */
export const EMPTY_CONFIGURATION: Configuration = {
  voters: [],
  votersOutgoing: [],
  learners: [],
  learnersNext: [],
  autoLeave: false,
};

/** A plain configuration of voters (and learners). Ids are sorted. */
export function configurationOf(voters: readonly NodeId[], learners: readonly NodeId[] = []): Configuration {
  return { ...EMPTY_CONFIGURATION, voters: sortedIds(voters), learners: sortedIds(learners) };
}

/** The ids ascending, each once. */
export function sortedIds(ids: Iterable<NodeId>): NodeId[] {
  return [...new Set(ids)].sort((a, b) => a - b);
}

/** Whether old and new voters must both agree (dissertation §4.3). */
export function isJoint(configuration: Configuration): boolean {
  return configuration.votersOutgoing.length > 0;
}

/** Whether the change leaves joint consensus. */
export function leavesJoint(change: ConfigurationChange): boolean {
  return change.transition === 'auto' && change.changes.length === 0;
}

/** Whether the change goes through joint consensus. More than one change always does: it might touch several voters. */
export function entersJoint(change: ConfigurationChange): boolean {
  return change.transition !== 'auto' || change.changes.length > 1;
}

/**
 * The data of a configuration entry: JSON text in UTF-8. Leaving joint consensus without a context takes zero bytes, so
 * that no size limit refuses it.
 */
export function encodeConfigurationChange(change: ConfigurationChange): Uint8Array {
  if (leavesJoint(change) && change.context === undefined) {
    return new Uint8Array();
  }
  return new TextEncoder().encode(JSON.stringify(change));
}

/**
 * Reads the data of a configuration entry.
 * @throws {ConfigurationError} when it is not what `encodeConfigurationChange` writes
 */
export function decodeConfigurationChange(data: Uint8Array): ConfigurationChange {
  if (data.length === 0) {
    return LEAVE_JOINT;
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data));
  } catch (cause) {
    throw new ConfigurationError('the configuration change is not JSON text', { cause });
  }
  if (!isConfigurationChange(parsed)) {
    throw new ConfigurationError(`not a configuration change: ${JSON.stringify(parsed).slice(0, 200)}`);
  }
  return parsed;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isOneOf<T extends string>(values: readonly T[], value: unknown): value is T {
  return values.some((candidate) => candidate === value);
}

function isConfigurationChange(value: unknown): value is ConfigurationChange {
  return (
    isRecord(value) &&
    isOneOf(TRANSITIONS, value['transition']) &&
    (value['context'] === undefined || typeof value['context'] === 'string') &&
    Array.isArray(value['changes']) &&
    value['changes'].every(isSingleChange)
  );
}

function isSingleChange(value: unknown): value is SingleChange {
  return (
    isRecord(value) &&
    isOneOf(CHANGE_TYPES, value['type']) &&
    typeof value['id'] === 'number' &&
    Number.isSafeInteger(value['id']) &&
    value['id'] >= 0
  );
}
