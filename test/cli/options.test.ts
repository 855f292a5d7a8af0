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

  it('reads what to do on the LAN', () => {
    expect(parseOptions(['--data=/x', '--lan', '10.0.0.2'])).toEqual({
      type: 'run', dataDirectory: '/x', lan: '10.0.0.2',
    });
    expect(parseOptions(['--data=/x', '--join', '10.0.0.1', '--code', 'K7QM'])).toEqual({
      type: 'run', dataDirectory: '/x',
      join: { address: '10.0.0.1', port: 47_317, code: 'K7QM', role: 'member', bring: 1, permits: false },
    });
    expect(parseOptions([
      '--data=/x', '--join=10.0.0.1:99', '--code=K', '--machine', 'desk 7', '--viewer', '--permit',
    ])).toEqual({
      type: 'run', dataDirectory: '/x',
      join: {
        address: '10.0.0.1', port: 99, code: 'K', role: 'viewer', bring: 0, permits: true, machineName: 'desk 7',
      },
    });
  });

  it.each([
    [['--data'], '--data needs a folder'],
    [['--data='], '--data needs a folder'],
    [['--data', '--help'], '--data needs a folder'],
    [['--dta', 'x'], 'there is no option --dta'],
    [['--join', '10.0.0.1'], '--join needs the code that the host shows: --code CODE'],
    [['--join', '10.0.0.1', '--code', 'X', '--lan', '10.0.0.2'],
      '--lan opens a lab of this machine, --join joins another one: choose one'],
    [['--viewer'], '--viewer goes with --join'],
    [['--bring=2'], '--bring goes with --join'],
    [['--join', '10.0.0.1:x', '--code', 'X'], 'x is no port'],
    [['--join', '10.0.0.1', '--code', 'X', '--bring', '5'], '--bring takes 0 to 4'],
    [['--join', '10.0.0.1', '--code', 'X', '--bring', '1', '--viewer'], 'a viewer brings no nodes'],
  ])('refuses %j', (words, message) => {
    expect(parseOptions(words)).toEqual({ type: 'wrong', message });
  });
});
