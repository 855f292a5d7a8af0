import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  cacheDirectoryFor,
  electronExecutableName,
  nodePackageName,
  parseVersion,
} from '../../../scripts/setup/platform.mjs';
import manifest from '../../../package.json' with { type: 'json' };

describe('nodePackageName', () => {
  test('names a package that package.json offers, for every platform that has one', () => {
    const platforms = [
      ['linux', 'x64'],
      ['linux', 'arm64'],
      ['darwin', 'arm64'],
      ['darwin', 'x64'],
      ['win32', 'x64'],
    ] as const;
    const names = platforms.map(([platform, arch]) => nodePackageName(platform, arch));
    expect(names.toSorted()).toEqual(Object.keys(manifest.optionalDependencies).toSorted());
  });

  test('has none where npm has none', () => {
    expect(nodePackageName('win32', 'arm64')).toBeUndefined();
    expect(nodePackageName('freebsd', 'x64')).toBeUndefined();
  });
});

describe('parseVersion', () => {
  test.each([
    ['v24.21.0', 24, 21, 0],
    ['45.4.1', 45, 4, 1],
    ['24.0.0-rc.1', 24, 0, 0],
    ['20.20.2\n', 20, 20, 2],
  ])('%j', (text, major, minor, patch) => {
    expect(parseVersion(text)).toEqual({ major, minor, patch });
  });

  test.each(['', 'v24', '24.1', 'latest', '1.2.3.4'])('refuses %j, naming it', (text) => {
    expect(() => parseVersion(text)).toThrow(`"${text}" is not a version`);
  });
});

describe('cacheDirectoryFor', () => {
  test("follows each platform's custom", () => {
    expect(cacheDirectoryFor('linux', {}, '/home/ada')).toBe(join('/home/ada', '.cache', 'raftlab'));
    expect(cacheDirectoryFor('darwin', {}, '/Users/ada')).toBe(join('/Users/ada', 'Library', 'Caches', 'raftlab'));
    const windows = { LOCALAPPDATA: 'C:\\Users\\ada\\AppData\\Local' };
    expect(cacheDirectoryFor('win32', windows, 'C:\\Users\\ada')).toBe(join(windows.LOCALAPPDATA, 'raftlab', 'Cache'));
    const nowhere = { LOCALAPPDATA: '' };
    expect(cacheDirectoryFor('win32', nowhere, '/ada')).toBe(join('/ada', 'AppData', 'Local', 'raftlab', 'Cache'));
    expect(cacheDirectoryFor('win32', {}, '/ada')).toBe(join('/ada', 'AppData', 'Local', 'raftlab', 'Cache'));
  });

  test('goes where XDG_CACHE_HOME says, unless that is empty', () => {
    const home = '/home/ada';
    expect(cacheDirectoryFor('linux', { XDG_CACHE_HOME: '/cache' }, home)).toBe(join('/cache', 'raftlab'));
    expect(cacheDirectoryFor('linux', { XDG_CACHE_HOME: '' }, home)).toBe(join(home, '.cache', 'raftlab'));
  });
});

test('electronExecutableName knows the three layouts', () => {
  expect(electronExecutableName('linux')).toBe('electron');
  expect(electronExecutableName('win32')).toBe('electron.exe');
  expect(electronExecutableName('darwin')).toBe(join('Electron.app', 'Contents', 'MacOS', 'Electron'));
});
