/** What a node of the core is configured with, checked and completed with defaults. */
import { InvalidSettings } from './errors.ts';
import { checkReadOnly, mayHavePromised, type ReadOnlyMode } from './lease.ts';
import { ALL_RULES, type SafetyRules } from './rules.ts';
import { type ScriptedBehaviour, UNSCRIPTED } from './scripted.ts';
import type { LogStorage } from './storage.ts';
import type { Index, NodeId } from './types.ts';

/** Settings with defaults for all but identity, time and storage. */
export interface RaftSettings {
  readonly id: NodeId;
  /**
   * The minimum election timeout, in ticks: how long a follower waits for its leader (Raft §5.2). More than
   * heartbeatTicks.
   */
  readonly electionTimeoutTicks: number;
  /** Ticks between a leader's heartbeats. */
  readonly heartbeatTicks: number;
  /**
   * How long a tick is, in milliseconds. Only a lease needs it (dissertation §6.4.1): what servers promise each other
   * is compared in time, because their ticks may be of different lengths. Default 1, for servers whose ticks have the
   * same length.
   */
  readonly tickMs?: number;
  /**
   * For how many ticks after its start this server votes for nobody, because it may have promised so before it
   * restarted (dissertation §6.4.1). Default: the election timeout where a server with a term on disk starts with lease
   * reads, otherwise 0. An owner that switches lease reads or the pace while servers are down sets its own value.
   */
  readonly promisedTicks?: number;
  /**
   * Draws an election timeout, in ticks, at each reset of the election timer (Raft §5.2); usually uniform between once
   * and twice the minimum. It is the only randomness that the core uses.
   */
  readonly randomizedElectionTimeout: (electionTimeoutTicks: number) => number;
  readonly storage: LogStorage;
  /** The last index that the state machine has applied. Default: the log's first index - 1. */
  readonly applied?: Index;
  /** The most that one AppendEntries carries (always at least one entry). Default 64 KiB. */
  readonly maxEntriesBytesPerMessage?: number;
  /** The most that is handed out to be applied and not yet applied. Default: 1 MiB. */
  readonly maxApplyingBytes?: number;
  /** AppendEntries in flight to one follower (dissertation §10.2.2). Default 256. */
  readonly maxInflightMessages?: number;
  /** Bytes in flight to one follower. Default 4 MiB. */
  readonly maxInflightBytes?: number;
  /** Data that waits to be committed before the leader drops proposals. Default 64 MiB. */
  readonly maxUncommittedBytes?: number;
  /** Reads that wait for their confirmation before more are refused. Default 10 000. */
  readonly maxPendingReads?: number;
  /** Events kept between two calls of takeEvents; more are dropped and counted. 0: none are made. Default 10 000. */
  readonly maxBufferedEvents?: number;
  /** Ask for pre-votes before disturbing the cluster with a new term (dissertation §9.6). Default true. */
  readonly preVote?: boolean;
  /**
   * A leader that does not hear from a quorum steps down; followers of a live leader refuse votes (dissertation §6.2,
   * §4.2.3). Default true.
   */
  readonly checkQuorum?: boolean;
  /**
   * A leader begins its term with an empty entry, to commit what came before (Raft §8). Without it entries of earlier
   * terms are committed with the first proposal of the term (Raft §5.4.2), and whatever waits for a commit of the term
   * waits for that proposal. Default true.
   */
  readonly noOp?: boolean;
  readonly readOnly?: ReadOnlyMode;
  /** Safety rules to switch off. */
  readonly rules?: Partial<SafetyRules>;
  /** For outside scripts alone. */
  readonly scripted?: Partial<ScriptedBehaviour>;
}

/** The settings that make up a pace. */
export type Ticks = Pick<RaftSettings, 'electionTimeoutTicks' | 'heartbeatTicks' | 'tickMs'>;

/** The settings in which one Raft differs from another: all servers of a cluster have the same. */
export type RaftSwitches = Pick<RaftSettings, 'checkQuorum' | 'noOp' | 'preVote' | 'rules'>;

/** Settings with all defaults filled in. */
export type ResolvedSettings = Required<Omit<RaftSettings, 'rules' | 'scripted'>> & {
  readonly rules: SafetyRules;
  readonly scripted: ScriptedBehaviour;
};

const KIB = 1024;

/**
 * Completes the settings with defaults.
 * @throws {InvalidSettings} naming the setting that cannot work
 */
export function resolveSettings(settings: RaftSettings): ResolvedSettings {
  const resolved: ResolvedSettings = {
    applied: settings.storage.firstIndex() - 1,
    tickMs: 1,
    promisedTicks: mayHavePromised(settings.readOnly, settings.storage) ? settings.electionTimeoutTicks : 0,
    maxEntriesBytesPerMessage: 64 * KIB,
    maxApplyingBytes: 1024 * KIB,
    maxInflightMessages: 256,
    maxInflightBytes: 4096 * KIB,
    maxUncommittedBytes: 64 * 1024 * KIB,
    maxPendingReads: 10_000,
    maxBufferedEvents: 10_000,
    preVote: true,
    checkQuorum: true,
    noOp: true,
    readOnly: 'read-index',
    ...settings,
    rules: { ...ALL_RULES, ...settings.rules },
    scripted: { ...UNSCRIPTED, ...settings.scripted },
  };
  checkTicks(resolved);
  check(Number.isSafeInteger(resolved.id) && resolved.id > 0, `id must be a positive integer, not ${resolved.id}`);
  check(resolved.maxInflightMessages > 0, 'maxInflightMessages must be at least 1');
  check(resolved.maxInflightBytes > 0, 'maxInflightBytes must be at least 1');
  check(resolved.maxApplyingBytes > 0, 'maxApplyingBytes must be at least 1');
  check(
    Number.isSafeInteger(resolved.promisedTicks) && resolved.promisedTicks >= 0,
    `promisedTicks must not be negative: ${resolved.promisedTicks}`,
  );
  checkReadOnly(resolved);
  return resolved;
}

/** @throws {InvalidSettings} unless heartbeats fit into an election timeout */
export function checkTicks(ticks: Required<Ticks>): void {
  const { electionTimeoutTicks, heartbeatTicks, tickMs } = ticks;
  check(Number.isInteger(heartbeatTicks) && heartbeatTicks > 0, 'heartbeatTicks must be at least 1');
  check(
    Number.isInteger(electionTimeoutTicks) && electionTimeoutTicks > heartbeatTicks,
    `electionTimeoutTicks (${electionTimeoutTicks}) must be more than heartbeatTicks (${heartbeatTicks})`,
  );
  check(Number.isSafeInteger(tickMs) && tickMs > 0, `tickMs must be at least 1, not ${tickMs}`);
}

function check(condition: boolean, message: string): void {
  if (!condition) {
    throw new InvalidSettings(message);
  }
}
