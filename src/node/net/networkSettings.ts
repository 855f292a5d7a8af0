/** The settings of a node's network, from the node's configuration. */
import type { NodeId } from '../../raft/index.ts';
import { DATAGRAM_BYTES_MAX, SEAL_BYTES } from '../../wire/index.ts';
import type { NodeConfiguration } from '../protocol.ts';
import { seededRandom } from '../random.ts';
import type { Random } from '../random.ts';

export interface NetworkSettings {
  readonly labId: string;
  readonly id: NodeId;
  readonly address: string;
  readonly preferredPort: number;
  /** The longest datagram, before it is sealed; longer messages go in fragments. */
  readonly datagramBytesMax: number;
  /** The secret that seals datagrams; undefined: they are not sealed. */
  readonly datagramSecret: Uint8Array | undefined;
  readonly random: Random;
}

export function networkSettingsOf(configuration: NodeConfiguration): NetworkSettings {
  const { labId, id, address, preferredPort, datagramBytesMax = DATAGRAM_BYTES_MAX, datagramSecret } = configuration;
  return {
    labId,
    id,
    address,
    preferredPort,
    // Room for a seal is kept even while there is none: a lab may be opened to the LAN later.
    datagramBytesMax: datagramBytesMax - SEAL_BYTES,
    datagramSecret: datagramSecret === undefined ? undefined : Buffer.from(datagramSecret, 'base64'),
    // The sequence differs from that of the election timeouts: a lossy link must not change who stands for election.
    random: seededRandom(configuration.seed ^ 0x5bd1_e995),
  };
}
