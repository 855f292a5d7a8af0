/** The terminal lab's command line. */
import { describe, expect, it } from 'vitest';
import { defaultDataDirectory, parseOptions } from '../../src/cli/terminal/options.ts';

describe('defaultDataDirectory', () => {
  it('is the folder of the desktop app on each platform', () => {
    expect(defaultDataDirectory('linux', {}, '/home/ada')).toBe('/home/ada/.config/Raftlab');
    expect(defaultDataDirectory('linux', { XDG_CONFIG_HOME: '/conf' }, '/home/ada')).toBe('/conf/Raftlab');
    expect(defaultDataDirectory('linux', { XDG_CONFIG_HOME: 'conf' }, '/home/ada')).toBe('/home/ada/.config/Raftlab');
    expect(defaultDataDirectory('darwin', {}, '/Users/ada')).toBe('/Users/ada/Library/Application Support/Raftlab');
    expect(defaultDataDirectory('win32', { APPDATA: '/appdata' }, '/home/ada')).toBe('/appdata/Raftlab');
  });
});

describe('parseOptions', () => {
  it('reads a data folder in both forms', () => {
    expect(parseOptions(['--data', '/tmp/x'])).toEqual({ type: 'run', dataDirectory: '/tmp/x' });
    expect(parseOptions(['--data=/tmp/x'])).toEqual({ type: 'run', dataDirectory: '/tmp/x' });
    expect(parseOptions([])).toEqual({ type: 'run', dataDirectory: defaultDataDirectory() });
    expect(parseOptions(['--data', '/tmp/x', '--help'])).toEqual({ type: 'help' });
  });

  it.each([
    [['--data'], '--data needs a folder'],
    [['--data='], '--data needs a folder'],
    [['--data', '--help'], '--data needs a folder'],
    [['--dta', 'x'], 'there is no option --dta'],
  ])('refuses %j', (words, message) => {
    expect(parseOptions(words)).toEqual({ type: 'wrong', message });
  });
});
