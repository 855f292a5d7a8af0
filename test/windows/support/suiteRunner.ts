/**
 * Vitest's worker inside Node for Windows: runs the test files that windowsPool.ts sends, from the checkout that Windows'
 * Node sees, and reports as any worker of vitest does.
 */
import { register } from 'node:module';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { init, runBaseTests, setupEnvironment } from 'vitest/worker';
import { receiveMessages, sendMessage } from './messages.ts';

const [port, linuxFolder, windowsFolder] = process.argv.slice(2);
if (port === undefined || linuxFolder === undefined || windowsFolder === undefined) {
  throw new Error('windowsPool.ts starts this script, with a port and two folders');
}

// Vitest names a file by its path on Linux, where better-sqlite3's addon is Linux'.
register('./suiteHooks.mjs', import.meta.url, {
  data: { from: pathToFileURL(join(linuxFolder, '/')).href, to: pathToFileURL(join(windowsFolder, '/')).href },
});

const exit = process.exit.bind(process);
const socket = createConnection({ host: '127.0.0.1', port: Number(port) });
socket.on('error', () => exit(1));
socket.on('close', () => exit(1));
const listeners = new Set<(message: unknown) => void>();
receiveMessages(socket, (message) => {
  for (const listener of listeners) listener(message);
});
init({
  post: (message) => { sendMessage(socket, message); },
  on: (listener) => { listeners.add(listener); },
  off: (listener) => { listeners.delete(listener); },
  setup: setupEnvironment,
  runTests: (state, traces) => runBaseTests('run', state, traces),
  collectTests: (state, traces) => runBaseTests('collect', state, traces),
});
