/**
 * The tests of nodes and labs that are not tried in Node for Windows under Wine, each with its reason. A test that is
 * neither run nor listed cannot be: the rest of the two folders runs (vitest.config.ts).
 */
const PIPES = 'starts programs and reads what they print: Node under Wine has no pipes to other programs';

export const NOT_UNDER_WINE: Readonly<Record<string, string>> = {
  'test/lab/bench.test.ts': PIPES,
  'test/lab/headless.test.ts': PIPES,
  'test/lab/sqliteThread.test.ts': PIPES,
  'test/lab/terminal.test.ts': PIPES,
  'test/node/crashTruth.test.ts': PIPES,
};
