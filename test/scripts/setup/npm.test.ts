/** npm is started by its script wherever that can be found. */
import { expect, test } from 'vitest';
import { npmCall } from '../../../scripts/setup/npm.mjs';

const NODEJS = 'C:\\Program Files\\nodejs';
const ROAMING = 'C:\\Users\\Zoë\\AppData\\Roaming\\npm';
const SCRIPT = 'node_modules\\npm\\bin\\npm-cli.js';

function onWindows(files: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const isFile = (path: string) => files.includes(path);
  return npmCall({
    platform: 'win32', environment: { Path: `${ROAMING};${NODEJS}`, ...environment }, isFile,
    execPath: 'D:\\node\\node.exe',
  });
}

test('the npm that started this, by its own Node', () => {
  const environment = { npm_execpath: 'E:\\npm\\npm-cli.js', npm_node_execpath: 'E:\\node.exe' };
  expect(onWindows(['E:\\npm\\npm-cli.js'], environment))
    .toEqual({ command: 'E:\\node.exe', leadingArguments: ['E:\\npm\\npm-cli.js'] });
});

test('not another package manager', () => {
  const environment = { npm_execpath: '/usr/lib/yarn/yarn.js', PATH: '/usr/bin' };
  expect(npmCall({ platform: 'linux', environment, isFile: () => true }))
    .toEqual({ command: 'npm', leadingArguments: [] });
});

test('on Windows the script beside npm.cmd, with the Node beside it', () => {
  const files = [`${NODEJS}\\npm.cmd`, `${NODEJS}\\node.exe`, `${NODEJS}\\${SCRIPT}`];
  expect(onWindows(files)).toEqual({ command: `${NODEJS}\\node.exe`, leadingArguments: [`${NODEJS}\\${SCRIPT}`] });
});

test('an npm that its user has updated has no Node beside it', () => {
  expect(onWindows([`${ROAMING}\\npm.cmd`, `${ROAMING}\\${SCRIPT}`]))
    .toEqual({ command: 'D:\\node\\node.exe', leadingArguments: [`${ROAMING}\\${SCRIPT}`] });
});

test('without one on the PATH, the npm that came with the Node that runs this', () => {
  expect(onWindows([`D:\\node\\${SCRIPT}`, 'D:\\node\\node.exe']))
    .toEqual({ command: 'D:\\node\\node.exe', leadingArguments: [`D:\\node\\${SCRIPT}`] });
});

test('where a batch file hides its script, the batch file', () => {
  expect(onWindows([`${NODEJS}\\npm.cmd`])).toEqual({ command: 'npm', leadingArguments: [] });
});
