/** Programs are found and started as each system does it. Windows' part runs with a disk that only stands here. */
import { expect, test } from 'vitest';
import { environmentWithNode, findProgram, programCall } from '../../../scripts/setup/programs.mjs';

const NODEJS = 'C:\\Program Files\\nodejs';
/** npm puts a shell script without an ending beside each batch file. */
const FILES = [`${NODEJS}\\node.exe`, `${NODEJS}\\npm`, `${NODEJS}\\npm.cmd`, 'C:\\usr\\sbin\\make.exe'];
const windows = {
  platform: 'win32',
  environment: { Path: `C:\\WINDOWS;;"${NODEJS}";D:\\tools`, ComSpec: 'C:\\WINDOWS\\system32\\cmd.exe' },
  isFile: (path: string) => FILES.some((file) => file.toLowerCase() === path.toLowerCase()),
};

test('on Windows a program is found by its endings, never without one', () => {
  expect(findProgram('npm', windows)).toBe(`${NODEJS}\\npm.cmd`);
  expect(findProgram('node', windows)).toBe(`${NODEJS}\\node.exe`);
  expect(findProgram('node.EXE', windows)).toBe(`${NODEJS}\\node.EXE`);
  const onlyScripts = { ...windows, environment: { ...windows.environment, PATHEXT: '.JS;.WSF' } };
  expect(findProgram('npm', onlyScripts)).toBeUndefined();
});

test('on Windows nothing is taken from \\usr\\sbin, which anybody may make', () => {
  expect(findProgram('make', windows)).toBeUndefined();
});

test('elsewhere administrators’ programs are found too', () => {
  const isFile = (path: string) => path === '/usr/sbin/nft' || path === '/opt/a/tool';
  const linux = { platform: 'linux', environment: { PATH: '/opt/a:' }, isFile };
  expect(findProgram('tool', linux)).toBe('/opt/a/tool');
  expect(findProgram('nft', linux)).toBe('/usr/sbin/nft');
  expect(findProgram('raftlab-has-no-such-program')).toBeUndefined();
});

test('a folder of a program’s name is not the program', () => {
  expect(findProgram('share', { platform: 'linux', environment: { PATH: '/usr' } })).toBeUndefined();
});

test('on Windows a batch file is run by cmd.exe, anything else by itself, and nothing by a shell', () => {
  expect(programCall('npm', ['ci'], windows.environment, windows)).toEqual({
    file: 'C:\\WINDOWS\\system32\\cmd.exe',
    fileArguments: ['/e:ON', '/v:OFF', '/d', '/s', '/c', `""${NODEJS}\\npm.cmd" "ci""`],
    options: { windowsVerbatimArguments: true },
  });
  expect(programCall('node', ['a b'], windows.environment, windows))
    .toEqual({ file: `${NODEJS}\\node.exe`, fileArguments: ['a b'], options: {} });
  expect(programCall('absent', [], windows.environment, windows).file).toBe('absent');
  expect(programCall('D:\\x\\run.bat', [], windows.environment, windows).file).toMatch(/cmd\.exe$/);
});

test('elsewhere every program is started as it is named', () => {
  expect(programCall('npm', ['a b'], {}, { platform: 'linux' }))
    .toEqual({ file: 'npm', fileArguments: ['a b'], options: {} });
});

test('Windows gets one PATH, however it was written', () => {
  const env = environmentWithNode('C:\\raftlab\\bin\\node.exe', { Path: 'C:\\WINDOWS', TEMP: 'T' }, 'win32');
  expect(env).toEqual({ PATH: 'C:\\raftlab\\bin;C:\\WINDOWS', TEMP: 'T' });
  expect(environmentWithNode('/raftlab/bin/node', { PATH: '/bin', Path: 'other' }, 'linux'))
    .toEqual({ PATH: '/raftlab/bin:/bin', Path: 'other' });
});
