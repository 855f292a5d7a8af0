/** The replicated key-value state machine: what other rooms use from this one. */
export { bytesOfText, isCanonical, textOfBytes } from './bytes.ts';
export * from './commands.ts';
export { describeCommand, describeShortfall } from './commandWords.ts';
export { describeApplied, describeEntry } from './describe.ts';
export type { EntryWords } from './describe.ts';
export { decodeKvEntry, encodeKvEntry } from './entryCodec.ts';
export { RESULTS_PER_SESSION_MAX, SESSIONS_MAX } from './sessions.ts';
export type { Session } from './sessions.ts';
export { concatenated, SnapshotError } from './snapshot.ts';
export { KvStateMachine } from './stateMachine.ts';
export type { AppliedEntry, FrozenState, StateMachineReader } from './stateMachine.ts';
