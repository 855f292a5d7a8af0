/** Set-up builds native code in a checkout, and with a cache, whose paths gyp and make could not take. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test, vi } from 'vitest';
import type * as AddonBuild from '../../../scripts/electron/addonBuild.mjs';
import { isPlainPath } from '../../../scripts/electron/addonBuild.mjs';
import { projectNode, projectPath } from '../../../scripts/setup/project.mjs';

const base = mkdtempSync(join(tmpdir(), 'raftlab-checkout-'));
const checkout = join(base, 'My Name\'s lab ($x) ä');

afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(base, { recursive: true, force: true });
});

const SOURCE = `
#include <node_api.h>
#include "answer.h"
NAPI_MODULE_INIT() {
  napi_value answer;
  return napi_create_int32(env, ANSWER, &answer) == napi_ok ? answer : exports;
}`;

/** With an absolute path, as node-addon-api gives its own. */
const BINDING = {
  targets: [{
    target_name: 'answer', sources: ['answer.c'], include_dirs: ['<!@(node -p "process.cwd() + \'/include\'")'],
  }],
};

/** The part of a checkout that builds, with the Node that has the headers. */
async function checkOut(): Promise<typeof AddonBuild> {
  for (const folder of ['electron', 'setup']) {
    cpSync(projectPath('scripts', folder), join(checkout, 'scripts', folder), { recursive: true });
  }
  writeFileSync(join(checkout, 'package.json'), '{"type": "module"}');
  mkdirSync(join(checkout, 'node_modules'));
  const node = join(checkout, 'node_modules', 'node');
  const headers = join('include', 'node');
  const from = join(dirname(projectNode()), '..', headers);
  cpSync(from, join(node, headers), { recursive: true, filter: (path) => path !== join(from, 'openssl') });
  vi.stubEnv('npm_config_nodedir', node);
  return await import(pathToFileURL(join(checkout, 'scripts', 'electron', 'addonBuild.mjs')).href) as typeof AddonBuild;
}

// The stand-in that needs a built addon is for Linux.
test.runIf(process.platform === 'linux')('an addon is built there, and nothing is left behind', async () => {
  const { buildAddon } = await checkOut();
  const cacheDirectory = join(checkout, 'cache');
  const destination = join(cacheDirectory, 'answer.node');
  let work = '';
  await buildAddon({
    cacheDirectory,
    name: 'answer',
    prepare: (folder) => {
      work = folder;
      mkdirSync(join(folder, 'include'));
      writeFileSync(join(folder, 'include', 'answer.h'), '#define ANSWER 42\n');
      writeFileSync(join(folder, 'answer.c'), SOURCE);
      writeFileSync(join(folder, 'binding.gyp'), JSON.stringify(BINDING));
      writeFileSync(join(folder, 'package.json'), '{}');
      return folder;
    },
    product: join('build', 'Release', 'answer.node'),
    destination,
  });
  expect(createRequire(import.meta.url)(destination)).toBe(42);
  expect(readdirSync(cacheDirectory)).toEqual(['answer.node']);
  expect(() => readdirSync(work)).toThrow('ENOENT');
});

test.each([
  ['win32', 'C:\\Users\\ada\\AppData\\Local\\raftlab\\Cache', true],
  ['win32', 'C:\\Users\\ADALOV~1\\AppData', true],
  ['win32', 'C:\\Users\\Ada Lovelace', false],
  ['win32', 'C:\\Users\\Zoë', false],
  ['linux', '/home/ada/.cache', true],
  ['linux', '/home/ada:love', false],
])('on %s the compiler can work in %s: %s', (platform, path, can) => {
  expect(isPlainPath(path, platform)).toBe(can);
});
