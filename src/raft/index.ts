/**
 * The Raft consensus algorithm as a pure, synchronous core (Ongaro & Ousterhout 2014, "the paper"; Ongaro 2014, "the
 * dissertation"). No clock, no randomness, no input or output, no promises: the same code runs live, in the simulator
 * and under the oracles. docs/raft.md walks from paper section to file.
 *
 * ## What the owner of a RaftNode does, in this order
 *
 * 1. Make a `LogStorage` over stable storage and a `RaftNode` on it. `applied` is what the state machine has applied
 *    already. Every server starts from the same first configuration, including one that is added later: the log holds
 *    only the changes to it.
 * 2. Feed it, from one thread: `tick()` at a steady pace, `step(message)` for each message that arrives, and the
 *    requests of clients (`propose`, `readIndex`, `proposeConfigurationChange`, `transferLeadership`). Feeding several
 *    inputs before the next step lets them share one write. With lease reads, feed late ticks before anything else;
 *    call `forgetLease()` before them if some are not made up for.
 * 3. While `hasReady()`: take `ready()` and do what it says, in this order:
 *    a. `messagesBeforePersist` may leave now. (Or later: every message may be late, lost, repeated or reordered.)
 *    b. Write `snapshot`, `entries` and `hardState` in one transaction, synced when `mustSync`. `entries` replace
 *       everything in the log from their first index on. If that fails, stop the node: send nothing more, and do not
 *       call `advance`.
 *    c. Send `messages`: votes and acknowledgements, which must not be sent before b.
 *    d. Apply `snapshot`, then `committedEntries`, to the state machine, each once and in order. For an entry of type
 *       `configuration` call `applyConfigurationChange(decodeConfigurationChange(entry.data))` and keep the
 *       configuration that it returns with the applied index: `LogStorage.initialState` gives it back after a restart.
 *    e. Serve each read of `readStates` once the state machine has applied its `readIndex`.
 *    f. Call `advance()`, and look at `hasReady()` again.
 * 4. Tell it what the network knows: `reportUnreachable` when a message could not be sent, `reportSnapshot` when an
 *    InstallSnapshot was delivered or lost.
 * 5. When the log has grown, save a snapshot of the state machine at an applied index and discard the entries before
 *    it, but keep some for followers that are a little behind (Raft §7). Only the storage changes; the core sees it at
 *    its next read.
 *
 * An `InvariantViolation` thrown by any call means that something Raft guarantees does not hold: a bug, a log that was
 * lost, or a safety rule that was switched off. Stop that node and show the message.
 */
export { InvariantViolation } from './assert.ts';
export {
  type ConfigurationChange,
  configurationOf,
  decodeConfigurationChange,
  EMPTY_CONFIGURATION,
  encodeConfigurationChange,
  isJoint,
  LEAVE_JOINT,
  type SingleChange,
  type SingleChangeType,
  type Transition,
} from './configuration.ts';
export {
  ConfigurationError, InvalidSettings, LostLogError, ProposalDropped, type ProposalDropReason,
} from './errors.ts';
export type { EntrySummary, RaftEvent, VoteRefusal } from './events.ts';
export type { ReadOnlyMode } from './lease.ts';
export { MemoryStorage } from './memoryStorage.ts';
export { RaftNode, type StepOutcome } from './node.ts';
export { ALL_RULES, RULE_NAMES, type RuleName, rulesWithout, type SafetyRules } from './rules.ts';
export {
  isForThreads, type ReadyForThreads, type ScriptedBehaviour, type StorageAppend, type StorageApply,
} from './scripted.ts';
export type { RaftSettings, RaftSwitches } from './settings.ts';
export type { RaftStatus } from './status.ts';
export { entriesBytes, entryBytes, type InitialState, limitEntries, type LogStorage } from './storage.ts';
export * from './types.ts';
