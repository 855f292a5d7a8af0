// What the window's page may not do, as Electron is told.
import { expect, test } from 'vitest';
import { webPreferences } from '../../src/main/webPreferences.ts';

test('the page is sandboxed, isolated and without Node', () => {
  expect(webPreferences('/opt/raftlab/out/preload/index.cjs', false)).toEqual({
    preload: '/opt/raftlab/out/preload/index.cjs',
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    sandbox: true,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    spellcheck: false,
    devTools: false,
  });
});

test('nobody can loosen it afterwards', () => {
  expect(Object.isFrozen(webPreferences('/p', true))).toBe(true);
});
