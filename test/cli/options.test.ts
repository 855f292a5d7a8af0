/** The terminal lab's command line. */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultDataDirectory, parseOptions } from '../../src/cli/terminal/options.ts';
import { commandSchemas, LAB_NODES_MAX } from '../../src/contract/commands.ts';
import { DEFAULT_SIMULATION } from '../../src/contract/time.ts';
import { RAFTLAB_VARIANT, variantOf } from '../../src/trace/variant.ts';

describe('defaultDataDirectory', () => {
  it('is the folder of the desktop app on each platform', () => {
    expect(defaultDataDirectory('linux', {}, '/home/ada')).toBe('/home/ada/.config/Raftlab');
    expect(defaultDataDirectory('linux', { XDG_CONFIG_HOME: '/conf' }, '/home/ada')).toBe('/conf/Raftlab');
    expect(defaultDataDirectory('linux', { XDG_CONFIG_HOME: 'conf' }, '/home/ada')).toBe('/home/ada/.config/Raftlab');
    expect(defaultDataDirectory('darwin', {}, '/Users/ada')).toBe('/Users/ada/Library/Application Support/Raftlab');
    expect(defaultDataDirectory('win32', { APPDATA: '/appdata' }, '/home/ada')).toBe('/appdata/Raftlab');
  });
});

const RUN = { type: 'run', headless: false, json: false, isThrowaway: false, opensDoors: false } as const;

describe('parseOptions', () => {
  it('reads a data folder in both forms', () => {
    expect(parseOptions(['--data', '/tmp/x'])).toEqual({ ...RUN, dataDirectory: '/tmp/x' });
    expect(parseOptions(['--data=/tmp/x'])).toEqual({ ...RUN, dataDirectory: '/tmp/x' });
    expect(parseOptions([])).toEqual({ ...RUN, dataDirectory: defaultDataDirectory() });
    expect(parseOptions(['--data', '/tmp/x', '--help'])).toEqual({ type: 'help' });
    expect(parseOptions(['-h', '--nonsense'])).toEqual({ type: 'help' });
    expect(parseOptions(['--data', 'x'])).toMatchObject({ dataDirectory: resolve('x') });
    expect(parseOptions(['--data=/x', '--json'])).toEqual({ ...RUN, dataDirectory: '/x', json: true });
  });

  it('reads what to do on the LAN', () => {
    expect(parseOptions(['--data=/x', '--lan', '10.0.0.2'])).toEqual({
      ...RUN, dataDirectory: '/x', lan: '10.0.0.2',
    });
    expect(parseOptions(['--data=/x', '--join', '10.0.0.1', '--code', 'K7QM'])).toEqual({
      ...RUN, dataDirectory: '/x',
      join: { address: '10.0.0.1', port: 47_317, code: { text: 'K7QM' }, role: 'member', bring: 1, permits: false },
    });
    expect(parseOptions([
      '--data=/x', '--join=10.0.0.1:99', '--code=K', '--machine', 'desk 7', '--viewer', '--permit',
    ])).toEqual({
      ...RUN, dataDirectory: '/x',
      join: {
        address: '10.0.0.1', port: 99, code: { text: 'K' }, role: 'viewer', bring: 0, permits: true,
        machineName: 'desk 7',
      },
    });
  });

  it('reads whether doors are opened, which only nodes of a lab of this machine have', () => {
    expect(parseOptions(['--data=/x', '--resp'])).toEqual({ ...RUN, dataDirectory: '/x', opensDoors: true });
    const without = [['--simulated'], ['--join', '10.0.0.1', '--code=K'], ['--console'], ['--scenario', 'a.txt']];
    for (const others of without) {
      const wrong = parseOptions(['--resp', ...others]);
      expect(wrong).toMatchObject({ type: 'wrong', message: expect.stringContaining('--resp') as unknown });
    }
  });

  it('reads how a service is run, and how its console is reached', () => {
    expect(parseOptions(['--headless', '--json', '--data=/x', '--create', 'Room 12', '--nodes', '3'])).toEqual({
      ...RUN, headless: true, json: true, dataDirectory: '/x',
      create: { name: 'Room 12', nodeCount: 3, pace: 'class', variant: RAFTLAB_VARIANT },
    });
    expect(parseOptions(['--headless', '--console'], '/usual'))
      .toEqual({ type: 'console', dataDirectory: '/usual', json: false });
    expect(parseOptions(['--join', '10.0.0.1', '--code-file', '/run/code', '--data=/x']))
      .toMatchObject({ join: { code: { file: '/run/code' } } });
    expect(parseOptions(['--join', '10.0.0.1', '--code-file', 'code']))
      .toMatchObject({ join: { code: { file: resolve('code') } } });
    expect(parseOptions(['--console', '--json', '--data', '/x']))
      .toEqual({ type: 'console', dataDirectory: '/x', json: true });
  });

  it('reads which Raft a new lab runs', () => {
    expect(parseOptions(['--create', 'A', '--variant', 'paper', '--without', 'majorityQuorum, commitOnlyCurrentTerm']))
      .toMatchObject({ create: { variant: variantOf('paper', ['commitOnlyCurrentTerm', 'majorityQuorum']) } });
    expect(parseOptions(['--create', 'A', '--variant', 'etcd']))
      .toEqual({ type: 'wrong', message: '--variant takes raftlab or paper' });
    expect(parseOptions(['--create', 'A', '--without', 'gravity'])).toMatchObject({
      type: 'wrong', message: expect.stringContaining('there is no rule gravity') as string,
    });
    expect(parseOptions(['--variant', 'paper']))
      .toEqual({ type: 'wrong', message: '--variant goes with --create or --simulated' });
  });

  it('reads a simulated lab, which is gone at the end where nothing says where to keep it', () => {
    const { network, disk } = DEFAULT_SIMULATION;
    const create = { name: 'Simulated, seed 7', nodeCount: 3, pace: 'class', variant: RAFTLAB_VARIANT };
    expect(parseOptions(['--simulated', '--seed', '7', '--nodes=3', '--delay', '1..20'], '/usual')).toEqual({
      ...RUN, isThrowaway: true, dataDirectory: '/usual',
      create: { ...create, simulation: { seed: 7, network: { ...network, delayMs: { min: 1, max: 20 } }, disk } },
    });
    expect(parseOptions(['--simulated', '--create', 'A'])).toMatchObject({ isThrowaway: false, create: { name: 'A' } });
    expect(parseOptions(['--simulated', '--data=/x'])).toMatchObject({ isThrowaway: false });
    expect(parseOptions(['--simulated', '--delay', '6..2'])).toMatchObject({ type: 'wrong' });
    expect(parseOptions(['--simulated', '--seed', '-1'])).toMatchObject({ type: 'wrong' });
    expect(parseOptions(['--seed', '7'])).toEqual({ type: 'wrong', message: '--seed goes with --simulated' });
    expect(parseOptions(['--simulated', '--lan', '10.0.0.2'])).toMatchObject({ type: 'wrong' });
  });

  it('reads a scenario to run', () => {
    expect(parseOptions(['--scenario', 'a.lab', '--live']))
      .toEqual({ type: 'scenario', file: resolve('a.lab'), isLive: true, json: false });
    expect(parseOptions(['--scenario', 'a.lab', '--nodes', '3'])).toMatchObject({ type: 'wrong' });
    expect(parseOptions(['--live'])).toEqual({ type: 'wrong', message: '--live goes with --scenario' });
  });

  it('reads a lab that is opened to the LAN when it is made, and takes each number up to its limits', () => {
    expect(parseOptions(['--create', 'A', '--nodes', '1', '--pace', 'slow', '--lan', '10.0.0.2'])).toMatchObject({
      lan: '10.0.0.2', create: { name: 'A', nodeCount: 1, pace: 'slow' },
    });
    expect(parseOptions(['--create', 'A', '--nodes', '15'])).toMatchObject({ create: { nodeCount: 15 } });
    // And the lab takes what the command line takes.
    const created = commandSchemas['lab:create'].safeParse({ name: 'A', nodeCount: LAB_NODES_MAX, pace: 'class' });
    expect(created.success).toBe(true);
    for (const [port, bring] of [[1, 0], [65_535, 4]] as const) {
      expect(parseOptions(['--join', `10.0.0.1:${port}`, '--code', 'X', '--bring', `${bring}`]))
        .toMatchObject({ join: { port, bring, role: 'member' } });
    }
  });

  it.each([
    [['--data'], '--data needs a folder'],
    [['--create', 'x'.repeat(61)], "--create: a lab's name has at most 60 characters"],
    [['--create', '   '], '--create: a lab needs a name'],
    [['--join', '10.0.0.1', '--code', 'K', '--machine', 'x'.repeat(41)],
      "--machine: a machine's name has at most 40 characters"],
    [['--join', '10.0.0.1', '--code', 'K', '--machine', ' '], '--machine: a machine needs a name'],
    [['--data='], '--data needs a folder'],
    [['--data', '--json'], '--data needs a folder'],
    [['--dta', 'x'], 'there is no option --dta'],
    [['--join', '10.0.0.1'], '--join needs the code that the host shows: --code CODE, or --code-file FILE'],
    [['--join', '10.0.0.1', '--code', 'X', '--lan', '10.0.0.2'],
      '--lan is for a lab of this machine, --join joins another one: choose one'],
    [['--viewer'], '--viewer goes with --join'],
    [['--nodes', '3'], '--nodes goes with --create or --simulated'],
    [['--create', 'A', '--nodes', '16'], '--nodes takes 1 to 15'],
    [['--create', 'A', '--pace', 'brisk'], '--pace takes fast, class, slow'],
    [['--console', '--lan', '10.0.0.1'], '--lan does not go with --console'],
    [['--bring=2'], '--bring goes with --join'],
    [['--permit'], '--permit goes with --join'],
    [['--pace', 'slow'], '--pace goes with --create or --simulated'],
    [['--create', 'A', '--nodes', '0'], '--nodes takes 1 to 15'],
    [['--create', 'A', '--nodes', '2.5'], '--nodes takes 1 to 15'],
    [['--create', 'A', '--join', '10.0.0.1', '--code', 'X'],
      '--create is for a lab of this machine, --join joins another one: choose one'],
    [['--join', '10.0.0.1', '--code', 'X', '--code-file', 'code'],
      '--join needs the code that the host shows: --code CODE, or --code-file FILE'],
    [['--join', '10.0.0.1:0', '--code', 'X'], '--join: a port is a whole number from 1 to 65535; "0" is not one'],
    [['--join', '10.0.0.1:65536', '--code', 'X'],
      '--join: a port is a whole number from 1 to 65535; "65536" is not one'],
    [['--join', '10.0.0.1:x', '--code', 'X'], '--join: a port is a whole number from 1 to 65535; "x" is not one'],
    [['--join', '10.0.0.1', '--code', 'X', '--bring', '5'], '--bring takes 0 to 4'],
    [['--join', '10.0.0.1', '--code', 'X', '--bring', '1', '--viewer'], 'a viewer brings no nodes'],
  ])('refuses %j', (words, message) => {
    expect(parseOptions(words)).toEqual({ type: 'wrong', message });
  });
});
