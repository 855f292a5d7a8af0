/** What a node of the core is configured with, checked and completed with defaults. */
import { InvalidSettings } from './errors.ts';
import { checkReadOnly, mayHavePromised, type ReadOnlyMode } from './lease.ts';
import { ALL_RULES, type SafetyRules } from './rules.ts';
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
  readonly readOnly?: ReadOnlyMode;
  /** Followers drop proposals instead of handing them to the leader (dissertation §6.2). Default false. */
  readonly disableProposalForwarding?: boolean;
  /** Writes and applies are acknowledged by messages instead of `advance` (dissertation §10.2.1). Default false. */
  readonly asyncStorageWrites?: boolean;
  /**
   * A leader that is removed or demoted steps down when it has applied that change (dissertation §4.2.2). Default true.
   */
  readonly stepDownOnRemoval?: boolean;
  /** Check membership changes when they are proposed, as far as the leader can know. Default true. */
  readonly validateConfigurationChanges?: boolean;
  /**
   * What a new leader waits for before its first membership change. `own-term-commit`: that an entry of its own term is
   * committed, and everything before it applied here. `earlier-entries`: only the latter, which is enough where a
   * change takes effect when it is applied, as here. Default `own-term-commit`, as published.
   */
  readonly changesWaitFor?: 'own-term-commit' | 'earlier-entries';
  /**
   * Send vote requests in parallel with the write of the new term and vote, instead of after it. Saves one write's time
   * in an election; a candidate that crashes in between may then ask again in the same term with a shorter log. Default
   * false.
   */
  readonly sendVoteRequestsBeforePersist?: boolean;
  /**
   * A candidate learns from the answers to its vote requests what is committed. It may still use an outdated
   * configuration, because changes take effect when they are applied: a leader that removed itself may be the only one
   * that knew of the commit. Default true.
   */
  readonly learnCommitFromVotes?: boolean;
  /**
   * Install a snapshot whose configuration does not name this server: it is from before this one joined, and the log
   * after it holds that change (Raft §7). A follower that ignored it would receive it again and again while the
   * leader's storage has no newer one. Default true.
   */
  readonly acceptSnapshotsFromBeforeJoining?: boolean;
  /**
   * Report the newer term to the sender of a request with an older one (Raft §5.1). Without it AppendEntries and
   * heartbeats are answered only where preVote or checkQuorum is on, and RequestVote and InstallSnapshot are ignored. A
   * server that is ahead in its term and cannot stand for election may then never find another leader to follow.
   * Default true.
   */
  readonly answerOlderTerms?: boolean;
  /**
   * Repeat a TimeoutNow that seems lost, and follow one that came too early as soon as that is possible: otherwise one
   * such message makes a leadership transfer fail after a whole election timeout (dissertation §3.10). Default true.
   */
  readonly insistOnTransfer?: boolean;
  /** Safety rules to switch off. */
  readonly rules?: Partial<SafetyRules>;
}

/** The settings that make up a pace. */
export type Ticks = Pick<RaftSettings, 'electionTimeoutTicks' | 'heartbeatTicks' | 'tickMs'>;

/** Settings with all defaults filled in. */
export type ResolvedSettings = Required<Omit<RaftSettings, 'rules'>> & { readonly rules: SafetyRules };

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
    readOnly: 'read-index',
    disableProposalForwarding: false,
    asyncStorageWrites: false,
    stepDownOnRemoval: true,
    validateConfigurationChanges: true,
    changesWaitFor: 'own-term-commit',
    sendVoteRequestsBeforePersist: false,
    learnCommitFromVotes: true,
    acceptSnapshotsFromBeforeJoining: true,
    answerOlderTerms: true,
    insistOnTransfer: true,
    ...settings,
    rules: { ...ALL_RULES, ...settings.rules },
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
