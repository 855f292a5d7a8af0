/**
 * Uses the parts of `scripts/` on Windows, for scripts.test.ts: `node scripts.ts FOLDER REQUESTS`. FOLDER has the
 * checkout whose scripts are meant; REQUESTS is JSON: for each one a part's name and its words. Every answer is a line
 * of JSON.
 */
import { constants, existsSync, openSync, renameSync, watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type * as Command from '../../../scripts/setup/command.mjs';
import type * as Files from '../../../scripts/setup/files.mjs';
import type * as Lock from '../../../scripts/setup/lock.mjs';
import type * as Platform from '../../../scripts/setup/platform.mjs';
import type * as Programs from '../../../scripts/setup/programs.mjs';
import type * as Project from '../../../scripts/setup/project.mjs';
import type * as Stamp from '../../../scripts/setup/stamp.mjs';
import type * as Program from '../../../scripts/run/program.mjs';
import type * as Tools from '../../../scripts/run/tools.mjs';

const [folder = '', requests = ''] = process.argv.slice(2);

async function script(...path: readonly string[]): Promise<unknown> {
  return await import(pathToFileURL(join(folder, 'scripts', ...path)).href) as unknown;
}

function answer(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Resolves when a file is there. */
function made(path: string): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!existsSync(path)) return;
      watcher.close();
      clearInterval(timer);
      resolve();
    };
    const watcher = watch(dirname(path), look);
    const timer = setInterval(look, 100); // Wine does not tell of files that Linux makes.
    look();
  });
}

const PARTS: Readonly<Record<string, (words: readonly string[]) => Promise<void>>> = {
  async places() {
    const { cacheDirectory, cacheDirectoryFor, isRoot } = await script('setup', 'platform.mjs') as typeof Platform;
    const { environmentWithNode, findProgram } = await script('setup', 'programs.mjs') as typeof Programs;
    const { projectDirectory, projectNode } = await script('setup', 'project.mjs') as typeof Project;
    const paths = Object.keys(environmentWithNode('C:\\first\\node.exe')).filter((name) => /^path$/i.test(name));
    answer({
      cache: cacheDirectory(), windowsCache: cacheDirectoryFor('win32', { ...process.env, XDG_CACHE_HOME: '' }, ''),
      isRoot: isRoot(), project: projectDirectory, node: projectNode(), paths,
      shell: findProgram('cmd')?.toLowerCase(), shellByEnding: findProgram('cmd.exe')?.toLowerCase(),
    });
  },
  /** WORDS: a program and its arguments. */
  async run(words) {
    const { run } = await script('setup', 'command.mjs') as typeof Command;
    const [command = '', ...programArguments] = words;
    answer(await run(command, programArguments).catch((error: unknown) => String(error)));
  },
  async npm(words) {
    const { npm } = await script('setup', 'command.mjs') as typeof Command;
    answer(await npm(words).catch((error: unknown) => String(error)));
  },
  async foreground(words) {
    const { runInForeground } = await script('run', 'program.mjs') as typeof Program;
    const [command = '', ...programArguments] = words;
    answer(await runInForeground(command, programArguments));
  },
  async tool(words) {
    const { runTool } = await script('run', 'tools.mjs') as typeof Tools;
    const [packageName = '', toolName = '', ...toolArguments] = words;
    answer(await runTool(packageName, toolArguments, { toolName }));
  },
  async stamp(words) {
    const { currentStampKey, isIntact, readStamp, writeStamp } = await script('setup', 'stamp.mjs') as typeof Stamp;
    const [executable = ''] = words;
    const electron = { kind: 'override', version: '45.4.1', executable, problem: '', checkedAtMs: 0 } as const;
    writeStamp({ key: 'older', electron, sqliteAddon: '' });
    writeStamp({ key: currentStampKey(), electron, sqliteAddon: '' });
    const stamp = readStamp();
    answer({ isCurrent: stamp?.key === currentStampKey(), isIntact: stamp !== undefined && isIntact(stamp), stamp });
  },
  /** WORDS: the lock, and the file at which it is given back. */
  async lock(words) {
    const { withLock } = await script('setup', 'lock.mjs') as typeof Lock;
    const [path = '', until = ''] = words;
    await withLock(path, () => { answer('waits'); }, async () => {
      answer('holds');
      await made(until);
    });
    answer('gave back');
  },
  /** WORDS: a file. Opens it so that nobody else can. */
  hold(words) {
    const [path = ''] = words;
    openSync(path, constants.O_RDWR | EXCLUSIVE);
    answer('holds');
    setInterval(() => undefined, 1000);
    return Promise.resolve();
  },
  /** WORDS: from, to. */
  async move(words) {
    const { move } = await script('setup', 'files.mjs') as typeof Files;
    const [from = '', to = ''] = words;
    move(from, to, {
      rename: (source, destination) => {
        try {
          renameSync(source, destination);
        } catch (error) {
          answer('refused');
          throw error;
        }
      },
    });
    answer('moved');
  },
};

/** libuv's UV_FS_O_EXLOCK: a file that is open in this way is not shared with any other program. */
const EXCLUSIVE = 0x1000_0000;

for (const [part = '', ...words] of z.array(z.array(z.string())).parse(JSON.parse(requests))) {
  const use = PARTS[part];
  if (use === undefined) throw new Error(`there is no part ${part}`);
  await use(words);
}
