/** The settings of a script's nodes, and what a script can choose about them. */
import type { RaftSettings, ScriptedBehaviour } from '../../raft/index.ts';
import { boolean, integer, ScriptError } from './arguments.ts';
import type { Argument } from './dataDriven.ts';

/** The settings of a scripted node; its identity and storage come with the node. */
export type ScriptedSettings = Omit<RaftSettings, 'id' | 'storage'>;

/** No limits, and none of the options that Raft can do without. */
const DEFAULTS: ScriptedSettings = {
  electionTimeoutTicks: 3,
  heartbeatTicks: 1,
  // The longest timeout that could be drawn: a script that wants an election asks for it.
  randomizedElectionTimeout: (electionTimeoutTicks) => 2 * electionTimeoutTicks - 1,
  maxEntriesBytesPerMessage: Infinity,
  maxApplyingBytes: Infinity,
  maxInflightMessages: Infinity,
  maxInflightBytes: Infinity,
  maxUncommittedBytes: Infinity,
  preVote: false,
  checkQuorum: false,
  // Here the core differs from what the scripts expect (docs/decisions/0020), and more of it is in dialect.ts.
  scripted: { leadsAfterRemoval: true, changesWaitForEarlierEntriesOnly: true, asksOnceForTransfer: true },
};

const scripted = (chosen: Partial<ScriptedBehaviour>): Partial<ScriptedSettings> => ({ scripted: chosen });

/** How each option of `add-nodes` that is about settings changes them. */
const OPTIONS: ReadonlyMap<string, (value: string) => Partial<ScriptedSettings>> = new Map([
  ['index', (value) => ({ applied: integer(value) })],
  ['inflight', (value) => ({ maxInflightMessages: integer(value) })],
  ['prevote', (value) => ({ preVote: boolean(value) })],
  ['checkquorum', (value) => ({ checkQuorum: boolean(value) })],
  ['async-storage-writes', (value) => scripted({ asyncStorageWrites: boolean(value) })],
  ['max-committed-size-per-ready', maxCommittedSizePerReady],
  ['disable-conf-change-validation', (value) => scripted({ proposesUncheckedChanges: boolean(value) })],
  ['step-down-on-removal', (value) => scripted({ leadsAfterRemoval: !boolean(value) })],
  ['read-only', readOnly],
  ['election-tick', (value) => ({ electionTimeoutTicks: integer(value) })],
  ['heartbeat-tick', (value) => ({ heartbeatTicks: integer(value) })],
]);

/** The options of `add-nodes` that are about settings. */
export const SETTING_OPTIONS: readonly string[] = [...OPTIONS.keys()];

/** 0 means the same limit as for messages, and the scripts set no limit there. */
function maxCommittedSizePerReady(value: string): Partial<ScriptedSettings> {
  const bytes = integer(value);
  return { maxApplyingBytes: bytes === 0 ? Infinity : bytes };
}

function readOnly(value: string): Partial<ScriptedSettings> {
  if (value === 'safe') {
    return { readOnly: 'read-index' };
  }
  if (value === 'lease-based') {
    return { readOnly: 'lease' };
  }
  throw new ScriptError(`invalid read-only option ${JSON.stringify(value)}`);
}

/**
 * The settings that the options of `add-nodes` ask for; options about anything else are ignored.
 * @throws {ScriptError} for a value that an option cannot have
 */
export function settingsFrom(args: readonly Argument[]): ScriptedSettings {
  const chosen = args.flatMap(({ key, values }) => values.map((value) => OPTIONS.get(key)?.(value) ?? {}));
  return chosen.reduce<ScriptedSettings>((settings, { scripted: behaviour, ...one }) => (
    { ...settings, ...one, scripted: { ...settings.scripted, ...behaviour } }
  ), DEFAULTS);
}
