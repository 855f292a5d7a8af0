// The app's own switches, among those of Electron and Chromium.
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parseCommandLine } from '../../src/main/commandLine.ts';

test.each([
  [['electron', '.'], { dataPath: null, smoke: false }],
  [['electron', '--no-sandbox', '.', '--data', '/tmp/x'], { dataPath: resolve('/tmp/x'), smoke: false }],
  [['raftlab', '--data=/tmp/with space', '--smoke'], { dataPath: resolve('/tmp/with space'), smoke: true }],
  [['raftlab', '--data', 'relative'], { dataPath: resolve('relative'), smoke: false }],
  [['raftlab', '--data'], { dataPath: null, smoke: false }],
  [['raftlab', '--data', '--smoke'], { dataPath: null, smoke: true }],
  [['raftlab', '--database=/tmp/x'], { dataPath: null, smoke: false }],
])('%j', (argv, expected) => {
  expect(parseCommandLine(argv)).toEqual(expected);
});
