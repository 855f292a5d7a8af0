/** Datagrams, without cryptography, for which see crypto.ts: what other rooms use from this one. */
export {
  bodyBytesMax, decodeDatagram, decodeWholeBody, encodeDatagram, encodeFragmentBody, encodeMessage, encodeMessageBody,
  encodeReceivedBody, encodeSnapshotBody, fragmentDataBytesMax, MessageTooLongError,
} from './datagram.ts';
export type { Body, DatagramContent, DecodeResult, Expected, SenderStamp } from './datagram.ts';
export { FragmentReceiver } from './fragmentReceiver.ts';
export type { AbandonedMessage, Acknowledgement, FragmentOutcome } from './fragmentReceiver.ts';
export { MESSAGE_BYTES_MAX } from './fragments.ts';
export type { Crc32, Fragment, FragmentsReceived } from './fragments.ts';
export { FragmentSender } from './fragmentSender.ts';
export type { AcknowledgementOutcome, Outgoing } from './fragmentSender.ts';
export {
  DATAGRAM_BYTES_MAX, HEADER_BYTES, LAB_DIGEST_BYTES, LAN_DATAGRAM_BYTES_MAX, messageIdOf, readHeader, WIRE_VERSION,
} from './header.ts';
export type { DatagramHeader, DecodeFailure } from './header.ts';
export { CONTEXT_BYTES_MAX } from './messages.ts';
export { REPLAY_WINDOW_DEFAULTS, ReplayWindow } from './replayWindow.ts';
export type { ReplayWindowSettings } from './replayWindow.ts';
export { SHA256_BYTES, SNAPSHOT_BYTES_MAX } from './snapshotChunks.ts';
export type {
  SnapshotChunk, SnapshotChunkResponse, SnapshotIdentity, SnapshotMessage, SnapshotReceiverState,
} from './snapshotChunks.ts';
export { DATAGRAM_SECRET_BYTES, SEAL_BYTES, SEAL_START_BYTES } from './sealFormat.ts';
export type { Opener, Sealer } from './sealFormat.ts';
