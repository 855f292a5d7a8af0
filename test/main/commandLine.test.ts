// The app's own switches, among those of Electron and Chromium.
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parseCommandLine, recordingIn } from '../../src/main/commandLine.ts';

test.each([
  [['electron', '.'], { dataPath: null, seed: null, smoke: false, headless: null }],
  [['electron', '--no-sandbox', '.', '--data', '/tmp/x'], {
    dataPath: resolve('/tmp/x'), seed: null, smoke: false, headless: null,
  }],
  [['raftlab', '--data=/tmp/with space', '--smoke'], {
    dataPath: resolve('/tmp/with space'), seed: null, smoke: true, headless: null,
  }],
  [['raftlab', '--data', 'relative'], { dataPath: resolve('relative'), seed: null, smoke: false, headless: null }],
  [['raftlab', '--data'], { dataPath: null, seed: null, smoke: false, headless: null }],
  [['raftlab', '--data', '--smoke'], { dataPath: null, seed: null, smoke: true, headless: null }],
  [['raftlab', '--no-sandbox', '--headless', '--lan', '10.0.0.1', '--no-sandbox', '--data=/tmp/x'], {
    dataPath: resolve('/tmp/x'), seed: null, smoke: false,
    headless: ['--headless', '--lan', '10.0.0.1', '--data=/tmp/x'],
  }],
  [['raftlab', '--seed', '68'], { dataPath: null, seed: 68, smoke: false, headless: null }],
  [['raftlab', '--seed=4294967296'], { dataPath: null, seed: null, smoke: false, headless: null }],
  [['raftlab', '--database=/tmp/x'], { dataPath: null, seed: null, smoke: false, headless: null }],
])('%j', (argv, expected) => {
  expect(parseCommandLine(argv)).toEqual(expected);
});

test.each([
  [['raftlab', 'talk.raftlab'], resolve('/home/ada/talk.raftlab')],
  [['electron', '--no-sandbox', '.', '/tmp/with space.raftlab', 'second.raftlab'], resolve('/tmp/with space.raftlab')],
  [['/opt/my.raftlab', '.'], null],
  [['raftlab', '--data', '/tmp/labs.raftlab', '--seed=1.raftlab', 'notes.txt', 'talk.raftlab.gz'], null],
])('the recording in %j', (argv, expected) => {
  expect(recordingIn(argv, '/home/ada')).toBe(expected);
});
