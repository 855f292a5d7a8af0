/** The settings of a node's network, from the node's configuration. */
import type { NodeId } from '../../raft/index.ts';
import { DATAGRAM_BYTES_MAX, SEAL_BYTES } from '../../wire/index.ts';
import type { ServerConfiguration } from '../protocol.ts';
import { seededRandom } from '../random.ts';
import type { Random } from '../random.ts';

export interface NetworkSettings {
  readonly labId: string;
  /** How datagrams name the lab. */
  readonly labDigest: Uint8Array;
  readonly id: NodeId;
  /** The longest datagram, before it is sealed; longer messages go in fragments. */
  readonly datagramBytesMax: number;
  readonly random: Random;
}

export function networkSettingsOf(configuration: ServerConfiguration): NetworkSettings {
  const { labId, labDigest, id, datagramBytesMax = DATAGRAM_BYTES_MAX } = configuration;
  return {
    labId,
    labDigest,
    id,
    // Room for a seal is kept even while there is none: a lab may be opened to the LAN later.
    datagramBytesMax: datagramBytesMax - SEAL_BYTES,
    // The sequence differs from that of the election timeouts: a lossy link must not change who stands for election.
    random: seededRandom(configuration.seed ^ 0x5bd1_e995),
  };
}
