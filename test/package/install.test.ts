// The .deb as an administrator and a student meet it: installed, started by somebody without rights, removed.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installDirectory } from '../../scripts/package/linuxLayout.mjs';
import { run } from '../../scripts/setup/command.mjs';
import { findProgram } from '../../scripts/setup/programs.mjs';
import { withLock } from '../../scripts/setup/lock.mjs';
import { cacheDirectory, isRoot } from '../../scripts/setup/platform.mjs';
import { makeAccount, removeAccount, UsersProgram } from './support/account.ts';
import type { Account } from './support/account.ts';
import { debPackage, product } from './support/packagedApp.ts';
import { processesWith } from './support/processes.ts';

const PACKAGE = product.executable;
const DIRECTORY = installDirectory(product);
const PROGRAM = `/usr/bin/${PACKAGE}`;
const APP_LIMIT_MS = 120_000;
/** Another apt on the machine is waited for. */
const APT = ['--yes', '--quiet', '--no-install-recommends', '--option', 'DPkg::Lock::Timeout=300'];
/** Where a package puts things. People's homes are not among them. */
const SYSTEM_FOLDERS = ['/etc', '/opt', '/usr', '/var/lib', '/var/cache'];

/** Why this machine cannot try it; null where it can. */
function problem(): string | null {
  if (!isRoot()) return 'only root may install a package';
  const missing = ['apt-get', 'dpkg', 'useradd', 'userdel'].find((name) => findProgram(name) === undefined);
  if (missing !== undefined) return `there is no ${missing}`;
  return existsSync(PROGRAM) ? `${PACKAGE} is installed here already, and is left alone` : null;
}
const obstacle = problem();

/** Everything on the system that bears the product's name. */
async function traces(): Promise<string[]> {
  const name = `*${PACKAGE}*`;
  const tests = ['(', '-iname', name, '-o', '-path', `${DIRECTORY}*`, ')'];
  // find complains of folders that go away while it looks.
  const found = await run('find', [...SYSTEM_FOLDERS, '-xdev', ...tests]).catch((error: unknown) => String(error));
  return found.split('\n').filter((line) => line.startsWith('/')).sort();
}

const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
const uninstall = () => run('apt-get', ['remove', ...APT, PACKAGE], { env: environment });

let account: Account;
let before: string[] = [];
let release: () => void = () => undefined;

beforeAll(async () => {
  if (obstacle !== null) {
    process.stderr.write(`\nNOT TESTED: installing the .deb, because ${obstacle}.\n\n`);
    return;
  }
  // The system has one list of packages: another checkout's test has to be over first.
  await new Promise<void>((entered) => {
    const holdLock = () => new Promise<void>((leave) => {
      release = leave;
      entered();
    });
    void withLock(join(cacheDirectory(), 'install-test.lock'), () => undefined, holdLock);
  });
  before = await traces();
  account = await makeAccount(`raftlab-test-${process.pid}`);
});

afterAll(async () => {
  if (obstacle !== null) return;
  try {
    if (existsSync(DIRECTORY)) await run('dpkg', ['--purge', PACKAGE]);
    await removeAccount(account);
  } finally {
    release();
  }
});

test.skipIf(obstacle !== null)('it installs, and every file is as it was packed', async () => {
  await run('apt-get', ['install', ...APT, debPackage()], { env: environment });
  expect(await run('dpkg', ['--verify', PACKAGE])).toBe('');
  expect(statSync(join(DIRECTORY, 'chrome-sandbox')).mode & 0o7777).toBe(0o4755);
  expect(statSync(PROGRAM).uid).toBe(0);
  // Nobody but root can change what everybody runs.
  expect(await run('find', [DIRECTORY, '-perm', '/022', '-not', '-type', 'l'])).toBe('');
  const desktop = await run('cat', [`/usr/share/applications/${PACKAGE}.desktop`]);
  expect(desktop).toContain(`Name=${product.name}\n`);
  expect(desktop).toContain('MimeType=application/x-raftlab-recording;\n');
  const kinds = await run('cat', [`/usr/share/mime/packages/${PACKAGE}.xml`]);
  expect(kinds).toContain('<glob pattern="*.raftlab"/>');
  expect(existsSync(`/usr/share/icons/hicolor/512x512/apps/${PACKAGE}.png`)).toBe(true);
});

test.skipIf(obstacle !== null)('an ordinary user’s smoke run passes', async () => {
  const { exitCode, output, problems } = await new UsersProgram(account, PROGRAM, ['--smoke'], APP_LIMIT_MS).ended;
  expect(exitCode, `${output}\n${problems}`).toBe(0);
  expect(JSON.parse(output)).toMatchObject({ ok: true, nodes: 5 });
});

test.skipIf(obstacle !== null)('it runs in Chromium’s sandbox, keeps its labs at home and ends cleanly', async () => {
  const app = new UsersProgram(account, PROGRAM, [], APP_LIMIT_MS);
  const data = join(account.home, '.config', product.name);
  const databases = (): string[] => (existsSync(data) ? readdirSync(data, { recursive: true, encoding: 'utf8' }) : [])
    .filter((path) => path.includes('raft.db'));
  await Promise.race([
    expect.poll(() => databases().filter((path) => path.endsWith('raft.db-wal')).length, { timeout: APP_LIMIT_MS })
      .toBe(5),
    app.ended.then(({ problems }) => { throw new Error(`the app ended too early: ${problems}`); }),
  ]);
  const renderers = processesWith('--type=renderer').filter(({ commandLine }) => commandLine.includes(PACKAGE));
  expect(renderers).toHaveLength(1);
  expect(renderers[0]).toMatchObject({ seccompMode: 2, uid: account.uid });
  expect(processesWith(DIRECTORY).filter(({ commandLine }) => commandLine.includes('--no-sandbox'))).toEqual([]);

  app.child.kill('SIGTERM');
  const { exitCode, problems } = await app.ended;
  expect(exitCode, problems).toBe(0);
  // The nodes have closed their files: SQLite takes its write-ahead log away when the last connection is closed.
  expect(databases()).toHaveLength(5);
});

test.skipIf(obstacle !== null)('neither a debugger nor plain Node comes in through the installed program', async () => {
  const asNode = new UsersProgram(account, '/usr/bin/env', [
    'ELECTRON_RUN_AS_NODE=1', 'NODE_OPTIONS=--require=/nowhere.js', PROGRAM, '--inspect=0', '--smoke',
  ], APP_LIMIT_MS);
  const { exitCode, output, problems } = await asNode.ended;
  // The variables and the switch do nothing: it is the same smoke run.
  expect(exitCode, `${output}\n${problems}`).toBe(0);
  expect(JSON.parse(output)).toMatchObject({ ok: true });
  expect(problems).not.toMatch(/Debugger listening|nowhere/);
});

test.skipIf(obstacle !== null)('removed, it leaves nothing but the user’s data', async () => {
  await uninstall();
  expect(await traces()).toEqual(before);
  // Nor does dpkg remember it, as it does a package with configuration that a purge would take.
  await expect(run('dpkg-query', ['--status', PACKAGE])).rejects.toThrow('not installed');
  expect(existsSync(DIRECTORY)).toBe(false);
  const left = readdirSync(join(account.home, '.config', product.name)).sort();
  expect(left).toEqual(expect.arrayContaining(['browser', 'labs', 'window.json']));
});
