/** What the nodes of a script are made of, and what a script can choose about them. */
import type { RaftSettings } from '../../raft/index.ts';
import { boolean, integer, ScriptError } from './arguments.ts';
import type { Argument } from './dataDriven.ts';

/** The settings of a scripted node; its identity and storage come with the node. */
export type ScriptedSettings = Omit<RaftSettings, 'id' | 'storage'>;

/** No limits, and none of the options that Raft can do without. */
const DEFAULTS: ScriptedSettings = {
  electionTimeoutTicks: 3,
  heartbeatTicks: 1,
  // The longest that could be drawn: a script that wants an election says so.
  randomizedElectionTimeout: (electionTimeoutTicks) => 2 * electionTimeoutTicks - 1,
  maxEntriesBytesPerMessage: Infinity,
  maxApplyingBytes: Infinity,
  maxInflightMessages: Infinity,
  maxInflightBytes: Infinity,
  maxUncommittedBytes: Infinity,
  preVote: false,
  checkQuorum: false,
  stepDownOnRemoval: false,
  // The scripts expect vote requests beside the write, membership changes once all earlier entries are applied, and no
  // news
  // in the answers to vote requests.
  sendVoteRequestsBeforePersist: true,
  changesWaitFor: 'earlier-entries',
  learnCommitFromVotes: false,
};

/** How each argument of `add-nodes` that is about settings changes them. */
const ARGUMENTS: Record<string, (value: string) => Partial<ScriptedSettings>> = {
  index: (value) => ({ applied: integer(value) }),
  inflight: (value) => ({ maxInflightMessages: integer(value) }),
  prevote: (value) => ({ preVote: boolean(value) }),
  checkquorum: (value) => ({ checkQuorum: boolean(value) }),
  'async-storage-writes': (value) => ({ asyncStorageWrites: boolean(value) }),
  'max-committed-size-per-ready': (value) => ({ maxApplyingBytes: integer(value) }),
  'disable-conf-change-validation': (value) => ({ validateConfigurationChanges: !boolean(value) }),
  'step-down-on-removal': (value) => ({ stepDownOnRemoval: boolean(value) }),
  'read-only': readOnly,
};

function readOnly(value: string): Partial<ScriptedSettings> {
  if (value === 'safe') {
    return { readOnly: 'read-index' };
  }
  if (value === 'lease-based') {
    return { readOnly: 'lease' };
  }
  throw new ScriptError(`invalid read-only option ${JSON.stringify(value)}`);
}

/** The settings that the arguments of `add-nodes` ask for. What the scripts do not know, they ignore. */
export function settingsFrom(args: readonly Argument[]): ScriptedSettings {
  const chosen = args.flatMap(({ key, values }) => values.map((value) => ARGUMENTS[key]?.(value) ?? {}));
  return Object.assign({ ...DEFAULTS }, ...chosen) as ScriptedSettings;
}
