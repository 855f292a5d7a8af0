// The window as an object on a desk: it comes back where it was, survives its own crash, and there is only one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { basename } from 'node:path';
import { expect, test, vi } from 'vitest';
import { electronSwitches, locateElectron } from '../../scripts/electron/locate.mjs';
import { projectDirectory } from '../../scripts/setup/project.mjs';
import { dataFolder, TestApp } from './support/app.ts';
import { LabWindow } from './support/labWindow.ts';

const PRIORITY_WAIT = { timeout: 20_000, interval: 50 };

test('a size and a setting are there again after a restart', async () => {
  const dataPath = dataFolder();
  const first = await TestApp.launch({ dataPath });
  await first.resize(1200, 760);
  expect(await first.page.evaluate(() => window.raftlab?.invoke('settings:set', { theme: 'dark', scale: 1.5 })))
    .toMatchObject({ ok: true });
  await first.close();

  const second = await TestApp.launch({ dataPath });
  await second.page.waitForFunction(() => innerWidth === 1200 && innerHeight === 760);
  expect(await second.page.evaluate(() => window.raftlab?.invoke('settings:get', {})))
    .toMatchObject({ ok: true, value: { theme: 'dark', scale: 1.5 } });
  // Main tells the system's theme, so the page's first frame is of the right one.
  expect(await second.page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches)).toBe(true);
});

test('closing the window stops the nodes cleanly', async () => {
  const dataPath = dataFolder();
  const app = await TestApp.launch({ dataPath });
  await new LabWindow(app.page).untilLeader();
  const filesOfNodes = (): string[] => readdirSync(dataPath, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.startsWith('labs') && basename(path).startsWith('raft.db'))
    .map((path) => basename(path));
  expect(filesOfNodes()).toContain('raft.db-wal');
  await app.closeWindow();
  // SQLite takes the write-ahead log away when the last connection is closed, and only then.
  expect(filesOfNodes()).toEqual(Array.from({ length: 5 }, () => 'raft.db'));
  expect(app.loggedProblems()).toEqual([]);
});

test('the window cannot be made smaller than it can be used', async () => {
  const app = await TestApp.launch({ dataPath: dataFolder() });
  expect(await app.minimumSize()).toEqual([1024, 700]);
});

test('the page leaves the processors to the nodes, also after its process died', async () => {
  const app = await TestApp.launch({ dataPath: dataFolder() });
  const yields = async (): Promise<boolean> => await app.pagePriority() === constants.priority.PRIORITY_BELOW_NORMAL;
  await vi.waitUntil(yields, PRIORITY_WAIT);
  await app.crashPage();
  await vi.waitUntil(yields, PRIORITY_WAIT);
});

test('a page whose process dies is loaded again, says so, and goes on with the same nodes', async () => {
  const app = await TestApp.launch({ dataPath: dataFolder() });
  const leader = await new LabWindow(app.page).untilLeader();
  await app.crashPage();
  const text = (testId: string) => `document.querySelector('[data-testid="${testId}"]')?.textContent ?? ''`;
  await app.untilInPage(`(${text('toasts')}).includes('loaded again')`);
  await app.untilInPage(`document.querySelector('[data-node="${leader}"][data-role="leader"]') !== null`);
});

test('a bug in the main process is told in the window and logged, and the nodes go on', async () => {
  const app = await TestApp.launch({ dataPath: dataFolder() });
  const lab = new LabWindow(app.page);
  await lab.skipIntroduction();
  await lab.untilLeader();
  await app.plantBug('a planted bug');
  await lab.byId('toast-error').waitFor();
  expect(await lab.ask('put colour teal')).toMatchObject({ tone: 'ok' });
  await app.closeWindow();
  expect(app.loggedProblems().join()).toContain('a planted bug');
});

test('the application menu acts in the window', async () => {
  const app = await TestApp.launch({ dataPath: dataFolder() });
  const lab = new LabWindow(app.page);
  await lab.skipIntroduction();
  await app.chooseFromMenu('New Lab…');
  await lab.byId('new-lab-form').waitFor();
  await app.chooseFromMenu('Dark');
  await app.page.waitForFunction(() => document.documentElement.dataset['theme'] === 'dark');
});

test('a second start on the same data ends at once and leaves the first alone', async () => {
  const dataPath = dataFolder();
  const app = await TestApp.launch({ dataPath });
  const { executable } = locateElectron();
  const second = spawn(executable, [...electronSwitches(executable), projectDirectory, '--data', dataPath], {
    stdio: 'ignore',
  });
  const [exitCode] = await once(second, 'exit') as [number | null];
  expect(exitCode).toBe(0);
  expect(await app.page.evaluate(() => window.raftlab?.invoke('app:info', {}))).toMatchObject({ ok: true });
});

test('the log of a whole life tells of crashes and refusals, and holds no key and no value', async () => {
  const dataPath = dataFolder();
  const app = await TestApp.launch({ dataPath });
  const lab = new LabWindow(app.page);
  await lab.skipIntroduction();
  await lab.byId('pace-fast').click();
  const leader = await lab.untilLeader();
  for (const line of [
    'put secretkey secretvalue', 'cas secretkey secretvalue othersecret', 'incr secretkey 1', 'get secretkey',
    'list secret', `@${leader} put "secretkey" "unclosed secretvalue`,
  ]) await lab.ask(line);
  await app.page.evaluate(async () => {
    const invoke = window.raftlab?.invoke as unknown as (name: string, input: unknown) => Promise<unknown>;
    const command = { op: 'put', key: 'secretkey', value: 'secretvalue', secretfield: true };
    await invoke('kv:execute', { node: 'n1', command });
  });
  await lab.chooseFor(leader, 'crash');
  await lab.untilLeader();
  await app.crashPage();
  await app.plantBug('a planted bug');
  await app.closeWindow();
  const log = app.wholeLog();
  expect(log).toContain('a planted bug');
  expect(log).toContain('process is gone');
  expect(log).not.toMatch(/secret/);
});
