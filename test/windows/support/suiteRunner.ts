/**
 * Vitest's worker inside Node for Windows: runs the test files that windowsPool.ts sends, and reports as any worker of
 * vitest does.
 */
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { init, runBaseTests, setupEnvironment } from 'vitest/worker';
import { receiveMessages, sendMessage } from './messages.ts';

const [port, linuxCheckout, windowsCheckout] = process.argv.slice(2);
if (port === undefined || linuxCheckout === undefined || windowsCheckout === undefined) {
  throw new Error('windowsPool.ts starts this script, with a port and two folders');
}

/** Vitest names a file by its path on Linux; it is imported from the checkout that has the addon for Windows. */
const inWindowsCheckout = (path: string): string =>
  (path.startsWith(linuxCheckout) ? join(windowsCheckout, path.slice(linuxCheckout.length)) : path);

// Kept from before vitest forbids tests to call it.
const exit = process.exit.bind(process);
const socket = createConnection({ host: '127.0.0.1', port: Number(port) });
// Vitest itself has ended: nobody waits for results.
socket.on('error', () => exit(1));
socket.on('close', () => exit(1));
const listeners = new Set<(message: unknown) => void>();
receiveMessages(socket, (message) => {
  for (const listener of listeners) listener(message);
});

let importsAreRedirected = false;
init({
  post: (message) => { sendMessage(socket, message); },
  on: (listener) => { listeners.add(listener); },
  off: (listener) => { listeners.delete(listener); },
  setup: setupEnvironment,
  onModuleRunner: (runner) => {
    if (importsAreRedirected) return;
    importsAreRedirected = true;
    const importFile = runner.import.bind(runner);
    runner.import = (path: string) => importFile(inWindowsCheckout(path));
  },
  runTests: (state, traces) => runBaseTests('run', state, traces),
  collectTests: (state, traces) => runBaseTests('collect', state, traces),
});
