/** A cluster that holds as much as it may: writes are refused in words on every node, all else goes on. */
import { expect, test } from 'vitest';
import type { KvResult } from '../../src/kv/commands.ts';
import { makeLab, openService, temporaryFolder, TestLab } from './support.ts';

const LIMIT = 256 * 1024;
const VALUE = 'v'.repeat(32 * 1024);

function isRefused(result: KvResult): boolean {
  return result.type === 'refused' && result.code === 'data-limit-reached'
    && result.message.includes('this cluster takes at most 262144: delete keys, or write shorter values');
}

test('a full cluster refuses writes alike on every node, after restarts, with snapshots and on a learner', async () => {
  const folder = temporaryFolder();
  const compaction = { afterEntries: 1000, afterBytes: 64 * 1024, trailingEntries: 1000 };
  await makeLab(folder, 3, 'fast', compaction, LIMIT);
  const lab = await TestLab.follow(await openService(folder), folder);
  const asked = (await lab.leaderOf()) === 'n1' ? 'n2' : 'n1';
  for (let at = 1; at <= 7; at += 1) {
    expect((await lab.putUntilAcknowledged(asked, `k${at}`, VALUE)).result.type).toBe('written');
  }
  for (const name of lab.names) {
    expect(isRefused((await lab.putUntilAcknowledged(name, 'one more', VALUE)).result), name).toBe(true);
  }
  expect(await lab.get(asked, 'k7')).toBe(VALUE);

  // From a snapshot and the log behind it; the trailing entries are bounded in bytes.
  await lab.act('node:crash', asked);
  await lab.act('node:restart', asked);
  await lab.converged();
  const { firstIndex, lastIndex } = await lab.disk(asked);
  expect(firstIndex).toBeGreaterThan(1);
  expect(lastIndex - firstIndex).toBeLessThan(1000);
  expect(isRefused((await lab.putUntilAcknowledged(asked, 'one more', VALUE)).result)).toBe(true);
  await lab.service.execute('cluster:add', { asLearner: true });
  await lab.until('n4 is there', () => lab.names.includes('n4'));
  await lab.until('n4 has the log', () => lab.node('n4').lastApplied === lab.node(asked).lastApplied);
  expect(isRefused((await lab.putUntilAcknowledged('n4', 'one more', VALUE)).result)).toBe(true);

  expect((await lab.putUntilAcknowledged('n4', 'k1', 'short')).result.type).toBe('written');
  expect((await lab.kv('n3', { op: 'delete', key: 'k2' })).result.type).toBe('deleted');
  expect((await lab.putUntilAcknowledged(asked, 'one more', VALUE)).result.type).toBe('written');
});
