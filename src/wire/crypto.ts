/** The part of the wire that needs cryptography, and so Node: what other rooms use from it. */
export { doorPasswordOf, JOIN_CODE_RANDOM_BYTES, joinKeysOf, newJoinCode, readJoinCode } from './joinCode.ts';
export type { JoinCodeProblem, JoinCodeReading, JoinKeys } from './joinCode.ts';
export { labDigestOf } from './labDigest.ts';
export { DatagramOpener, DatagramSealer } from './seal.ts';
