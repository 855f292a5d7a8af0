// The app without a window, where there is no display: it opens a lab, answers its console, and ends on SIGTERM.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { dataFolder } from './support/app.ts';
import { testedApp } from './support/testedApp.ts';

/** This process's environment without anything to draw on. */
function withoutDisplay(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(WAYLAND_)?DISPLAY$/.test(name)));
}

async function start(...words: readonly string[]): Promise<ChildProcess> {
  const { executable, switches } = await testedApp();
  const child = spawn(executable, [...switches, '--headless', ...words], {
    env: withoutDisplay(), stdio: ['pipe', 'pipe', 'ignore'],
  });
  onTestFinished(() => { child.kill('SIGKILL'); });
  return child;
}

/** The objects that an app says, as they come; ends when it ends. */
async function* objectsOf(child: ChildProcess): AsyncGenerator<Record<string, unknown>> {
  if (child.stdout === null) return;
  for await (const line of createInterface({ input: child.stdout })) {
    yield JSON.parse(line) as Record<string, unknown>; // the app's own
  }
}

test.skipIf(process.platform === 'win32')('runs a lab without a display, and ends cleanly on SIGTERM', async () => {
  const data = dataFolder();
  const app = await start('--data', data, '--json', '--create', 'Cellar', '--nodes', '1', '--lan', '127.0.0.1');
  const exited = new Promise<number | null>((resolve) => { app.once('exit', resolve); });
  const said: unknown[] = [];
  for await (const object of objectsOf(app)) {
    said.push(object['type']);
    if (object['type'] !== 'ready') continue;
    const console = await start('--console', '--json', '--data', data);
    console.stdin?.end('@leader put depth "3 m"\nget depth\n');
    const answers: unknown[] = [];
    for await (const answer of objectsOf(console)) answers.push(answer['text']);
    expect(answers).toEqual(['ok', '"3 m"']);
    app.kill('SIGTERM');
  }
  expect(said[0]).toBe('lan');
  expect(said.at(-1)).toBe('stopping');
  expect(await exited).toBe(0);
});
