/**
 * The tests of nodes and labs that are not tried in Node for Windows under Wine, each with its reason. A test that is
 * neither run nor listed cannot be: the rest of the two folders runs (vitest.config.ts).
 */
const SIGNALS = 'stops programs by SIGTERM, which Windows ends at once: test/windows stops them by its own ways';
const MOCKS = 'puts a spy in the place of a module, which needs Vite: test/windows/files.test.ts tries such files';
const SLOW = 'needs more of a machine than Wine leaves of it: Windows itself runs it with `npm run test:integration`';

export const NOT_UNDER_WINE: Readonly<Record<string, string>> = {
  'test/lab/bench.test.ts': SLOW,
  'test/lab/cluster.test.ts': SLOW,
  'test/lab/copying.test.ts': SLOW,
  'test/lab/crashes.test.ts': SLOW,
  'test/lab/dataLimit.test.ts': SLOW,
  'test/lab/gateway/door.test.ts': SLOW,
  'test/lab/gateway/lanDoor.test.ts': SLOW,
  'test/lab/gateway/programs.test.ts': SLOW,
  'test/lab/headless.test.ts': SIGNALS,
  'test/lab/jsonFile.test.ts': MOCKS,
  'test/lab/keeping.test.ts': SLOW,
  'test/lab/largeValues.test.ts': SLOW,
  'test/lab/living.test.ts': SLOW,
  'test/lab/membership.test.ts': SLOW,
  'test/lab/network.test.ts': SLOW,
  'test/lab/reads.test.ts': SLOW,
  'test/lab/refusedChanges.test.ts': SLOW,
  'test/lab/scenarios.test.ts': SLOW,
  'test/lab/simulating.test.ts': SLOW,
  'test/lab/snapshots.test.ts': SLOW,
  'test/lab/sqliteThread.test.ts': SLOW,
  'test/lab/terminal.test.ts': SLOW,
  'test/lab/transfer.test.ts': SLOW,
  'test/lab/upgrade.test.ts': SLOW,
  'test/lab/wipe.test.ts': SLOW,
  'test/node/compaction.test.ts': SLOW,
  'test/node/crashTruth.test.ts': SLOW,
  'test/node/fragments.test.ts': SLOW,
  'test/node/ports.test.ts': SLOW,
};
