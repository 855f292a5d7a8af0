/** Datagrams: what the node room uses of this room. */
export { DatagramTooLongError, decodeDatagram, encodeMessage } from './datagram.ts';
export type { DecodeResult, SenderStamp } from './datagram.ts';
export { DATAGRAM_BYTES_MAX, HEADER_BYTES, labDigestOf, messageIdOf, WIRE_VERSION } from './header.ts';
export type { DatagramHeader, DecodeFailure } from './header.ts';
export { CONTEXT_BYTES_MAX } from './messages.ts';
export { REPLAY_WINDOW_DEFAULTS, ReplayWindow } from './replayWindow.ts';
export type { ReplayWindowSettings } from './replayWindow.ts';
