// Shows that the lint rules bite: plants violations, in memory, and lints them under the project's own configuration.
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, test } from 'vitest';
import { ROOMS } from '../../eslint-rules/rooms.mjs';

/** The rules in question need no types; without them a planted file need not exist. */
const eslint = new ESLint({ overrideConfig: tseslint.configs.disableTypeChecked });

/** The rules that a text breaks when it stands at a path of the checkout. */
async function brokenRules(filePath: string, code: string): Promise<string[]> {
  const results = await eslint.lintText(code, { filePath });
  const messages = results.flatMap((result) => result.messages);
  expect(messages.filter((message) => message.fatal === true)).toEqual([]);
  return messages.map((message) => message.ruleId ?? 'none');
}

const WALLS = 'raftlab/walls';
const roomNames = Object.keys(ROOMS);

describe('walls between rooms', () => {
  test.each(roomNames)('src/%s imports from the rooms it may, and from no other', async (room) => {
    const others = roomNames.filter((other) => other !== room);
    const code = others.map((other) => `import type { Planted } from '../${other}/planted.ts';`);
    const results = await eslint.lintText(code.join('\n'), { filePath: `src/${room}/planted.ts` });
    const stopped = results
      .flatMap((result) => result.messages)
      .filter((message) => message.ruleId === WALLS)
      .map((message) => others[message.line - 1]);
    expect(stopped).toEqual(others.filter((other) => !ROOMS[room]!.rooms.includes(other)));
  });

  test('the core imports nothing at all', async () => {
    for (const specifier of ['../kv/index.ts', 'zod', 'node:crypto', 'fs', '../../package.json']) {
      expect(await brokenRules('src/raft/planted.ts', `import '${specifier}';`)).toContain(WALLS);
    }
    expect(await brokenRules('src/raft/planted.ts', "import './log.ts';")).not.toContain(WALLS);
  });

  test('a server is handed its socket, file and randomness', async () => {
    for (const specifier of ['node:dgram', 'node:fs', 'node:crypto', 'better-sqlite3', '../node/machine.ts']) {
      expect(await brokenRules('src/server/planted.ts', `import '${specifier}';`)).toContain(WALLS);
    }
    expect(await brokenRules('src/server/planted.ts', "import '../raft/index.ts';")).not.toContain(WALLS);
  });

  test('the window sees the contract and the trace, but neither Node nor the lab', async () => {
    const path = 'src/renderer/stage/Planted.vue';
    const component = (specifier: string) => `<script setup lang="ts">\nimport '${specifier}';\n</script>\n`;
    for (const specifier of ['../../lab/service.ts', 'node:fs', 'electron', 'better-sqlite3', '../../raft/types.ts']) {
      expect(await brokenRules(path, component(specifier))).toContain(WALLS);
    }
    for (const specifier of ['../../contract/commands.ts', '../../trace/view.ts', '../stores/cluster.ts', 'vue']) {
      expect(await brokenRules(path, component(specifier))).not.toContain(WALLS);
    }
  });

  test.each([
    ['an export from', "export { planted } from '../lab/planted.ts';"],
    ['an export of everything from', "export * from '../lab/planted.ts';"],
    ['a dynamic import of', "export const planted = import('../lab/planted.ts');"],
    ['a type import of', "export type Planted = import('../lab/planted.ts').Planted;"],
    ['a worker path into', "import planted from '../lab/planted.ts?modulePath';"],
  ])('%s another room counts as an import', async (_name, code) => {
    expect(await brokenRules('src/node/planted.ts', code)).toContain(WALLS);
  });

  test('main starts the workers of other rooms by their path', async () => {
    const code = "import path from '../node/worker.ts?modulePath';\nexport { path };\n";
    expect(await brokenRules('src/main/planted.ts', code)).toEqual([]);
  });

  test('a folder that is no known room may import nothing', async () => {
    expect(await brokenRules('src/planted/planted.ts', "import '../raft/index.ts';")).toContain(WALLS);
  });
});

describe('what a room must not do', () => {
  test.each([
    ['raft', 'no-restricted-globals', 'export const now = Date.now();'],
    ['raft', 'no-restricted-globals', 'export const later = setTimeout;'],
    ['raft', 'no-restricted-globals', 'export const done = Promise.resolve();'],
    ['raft', 'no-restricted-syntax', 'export async function planted() {}'],
    ['raft', 'no-restricted-properties', 'export const chance = Math.random();'],
    ['kv', 'no-restricted-syntax', 'export const planted = async () => 1;'],
    ['wire', 'no-restricted-globals', 'export const platform = process.platform;'],
    ['trace', 'no-restricted-globals', 'export const now = new Date();'],
    ['contract', 'no-restricted-properties', 'export const chance = Math.random();'],
    ['server', 'no-restricted-globals', 'export const now = performance.now();'],
    ['server', 'no-restricted-globals', 'export const later = setTimeout;'],
    ['server', 'no-restricted-globals', 'export const done = Promise.resolve();'],
    ['server', 'no-restricted-syntax', 'export async function planted() {}'],
    ['server', 'no-restricted-properties', 'export const chance = Math.random();'],
    ['sim', 'no-restricted-globals', 'export const now = performance.now();'],
    ['lab', 'no-console', 'console.log(1);'],
  ])('src/%s: %s', async (room, rule, code) => {
    expect(await brokenRules(`src/${room}/planted.ts`, code)).toContain(rule);
  });

  test('a node has a clock, promises and the process', async () => {
    const code = 'export const planted = async () => Promise.resolve([performance.now(), process.pid]);\n';
    const expected = ['@typescript-eslint/explicit-module-boundary-types'];
    expect(await brokenRules('src/node/planted.ts', code)).toEqual(expected);
  });
});

describe("Electron's channels", () => {
  const useIpcMain = "import { ipcMain } from 'electron';\nexport { ipcMain };\n";
  const useIpcRenderer = "import { ipcRenderer } from 'electron';\nexport { ipcRenderer };\n";
  const RULE = 'no-restricted-imports';

  test('ipcMain is reached in one file', async () => {
    expect(await brokenRules('src/main/ipc.ts', useIpcMain)).toEqual([]);
    expect(await brokenRules('src/main/window.ts', useIpcMain)).toEqual([RULE]);
    expect(await brokenRules('src/main/window.ts', "import * as electron from 'electron';")).toContain(RULE);
    expect(await brokenRules('src/main/window.ts', "import electron from 'electron';")).toContain(RULE);
  });

  test('ipcRenderer is reached in the preload only', async () => {
    expect(await brokenRules('src/preload/index.ts', useIpcRenderer)).toEqual([]);
    expect(await brokenRules('src/main/ipc.ts', useIpcRenderer)).toEqual([RULE]);
  });
});

describe('the wall clock', () => {
  test.each(['Date.now()', 'new Date()', 'Date()'])('%s is read by the files that hand it on alone', async (read) => {
    const code = `export const planted = ${read};\n`;
    for (const path of ['src/lan/host/host.ts', 'src/lab/planted.ts', 'src/main/recovery.ts', 'src/cli/planted.ts']) {
      expect(await brokenRules(path, code), path).toContain('no-restricted-syntax');
    }
    expect(await brokenRules('src/node/clock.ts', code)).toEqual([]);
    expect(await brokenRules('src/lan/planted.ts', 'export const planted = new Date(0);\n')).toEqual([]);
  });
});

describe('everywhere', () => {
  test.each([
    ['@typescript-eslint/no-explicit-any', 'export const planted: any = 1;'],
    ['@typescript-eslint/ban-ts-comment', '// @ts-ignore\nexport const planted = 1;'],
    ['@eslint-community/eslint-comments/require-description', '/* eslint-disable eqeqeq */'],
    ['max-lines', 'export const planted = 1;\n'.repeat(401)],
    ['max-len', `export const planted = '${'x'.repeat(120)}';`],
  ])('%s', async (rule, code) => {
    expect(await brokenRules('src/lab/planted.ts', code)).toContain(rule);
  });

  test.each(['only', 'skip', 'todo'])('a test is not marked .%s', async (mark) => {
    const code = `import { test } from 'vitest';\ntest.${mark}('planted', () => undefined);\n`;
    expect(await brokenRules('test/raft/planted.test.ts', code)).toEqual(['no-restricted-syntax']);
  });
});
