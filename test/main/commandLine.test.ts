// The app's own switches, among those of Electron and Chromium.
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parseCommandLine } from '../../src/main/commandLine.ts';

test.each([
  [['electron', '.'], { dataPath: null, smoke: false, headless: null }],
  [['electron', '--no-sandbox', '.', '--data', '/tmp/x'], {
    dataPath: resolve('/tmp/x'), smoke: false, headless: null,
  }],
  [['raftlab', '--data=/tmp/with space', '--smoke'], {
    dataPath: resolve('/tmp/with space'), smoke: true, headless: null,
  }],
  [['raftlab', '--data', 'relative'], { dataPath: resolve('relative'), smoke: false, headless: null }],
  [['raftlab', '--data'], { dataPath: null, smoke: false, headless: null }],
  [['raftlab', '--data', '--smoke'], { dataPath: null, smoke: true, headless: null }],
  [['raftlab', '--no-sandbox', '--headless', '--lan', '10.0.0.1', '--no-sandbox', '--data=/tmp/x'], {
    dataPath: resolve('/tmp/x'), smoke: false, headless: ['--headless', '--lan', '10.0.0.1', '--data=/tmp/x'],
  }],
  [['raftlab', '--database=/tmp/x'], { dataPath: null, smoke: false, headless: null }],
])('%j', (argv, expected) => {
  expect(parseCommandLine(argv)).toEqual(expected);
});
