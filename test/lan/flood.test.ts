/** A sealed lab under a flood of datagrams that are nobody's: its nodes step aside, and it goes on committing. */
import { expect, onTestFinished, test } from 'vitest';
import { Flood } from '../../src/cli/lanBench/flood.ts';
import type { Message } from '../../src/raft/types.ts';
import { labDigestOf } from '../../src/wire/crypto.ts';
import { encodeMessage, HEADER_BYTES } from '../../src/wire/index.ts';
import { makeLab, openService, temporaryFolder, TestLab } from '../lab/support.ts';

const PER_SECOND = 100_000;
const WRITES = 12;
const FLAGS_AT = 5;
const SEALED = 1;
const FORGED_TERM = 1_000_000;

/** The header of a member's datagram, right in everything that is not sealed. */
function forgedHeader(labId: string): Uint8Array {
  const message: Message = {
    type: 'Heartbeat', from: 2, to: 1, term: FORGED_TERM, leaderCommit: 0, context: new Uint8Array(),
  };
  const bytes = encodeMessage(message, { labDigest: labDigestOf(labId), boot: 2, counter: FORGED_TERM });
  bytes[FLAGS_AT] = SEALED;
  return bytes.subarray(0, HEADER_BYTES);
}

test('in a flood of 100 000 noisy and forged datagrams a second every write commits, none is accepted', async () => {
  const folder = temporaryFolder();
  await makeLab(folder, 3, 'class');
  const lab = await TestLab.follow(await openService(folder), folder);
  await lab.service.execute('lan:open', { address: '127.0.0.1', port: undefined });
  await lab.leaderOf();
  const ports = lab.nodes.map(({ port }) => port);
  const flood = await Flood.start({
    ports,
    perSecond: PER_SECOND,
    headers: [new Uint8Array(), forgedHeader(lab.view.labId)],
  });
  onTestFinished(() => flood.end());
  for (let count = 1; count <= WRITES; count += 1) {
    await lab.putUntilAcknowledged(`n${(count % 3) + 1}`, 'counted', String(count));
  }
  await lab.until('every node to have read some of the flood, and counted the rest', ({ nodes }) => (
    nodes.every(({ counters: { dropped } }) => (
      (dropped['bad-magic'] ?? 0) > 0 && (dropped['bad-seal'] ?? 0) > 0 && (dropped.flooded ?? 0) > 1000))));
  await lab.until('every node to be heard elsewhere', ({ nodes }) => nodes.every(({ port }) => !ports.includes(port)));
  await flood.end();
  await lab.until('every node to be back', ({ nodes }) => nodes.every(({ port }, at) => port === ports[at]));
  await lab.converged();
  expect(await lab.contents('n3')).toEqual({ counted: String(WRITES) });
  expect(Math.max(...lab.nodes.map(({ term }) => term)), 'no forged term was believed').toBeLessThan(FORGED_TERM);
  const strays = lab.events.filter(({ type }) => type === 'messageDropped');
  expect(strays.length, 'a flood of datagrams is no flood of events').toBeLessThan(flood.sent / 10);
}, 180_000);
