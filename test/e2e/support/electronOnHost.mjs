// Starts Electron on a host of a test's LAN, whose loopback is not ours, and lets Playwright reach its debuggers: their
// addresses, which Electron prints, are replaced by ones here that lead there.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

/** @type {{ command: string, words: string[] }} */
const host = JSON.parse(process.argv[2] ?? '');
const [electron = '', ...electronArguments] = process.argv.slice(3);
const RELAY = 'const s = require("node:net").connect(Number(process.argv[1]), "127.0.0.1");'
  + 'process.stdin.pipe(s).pipe(process.stdout);'
  + 's.on("error", () => process.exit(1)); s.on("close", () => process.exit());';

const child = spawn(host.command, [...host.words, electron, ...electronArguments], {
  stdio: ['inherit', 'inherit', 'pipe'],
});
child.once('exit', (code) => process.exit(code ?? 1));
process.once('SIGTERM', () => child.kill());
for await (const line of createInterface({ input: child.stderr })) {
  const [, before = '', port = '', after = ''] = /^(.* listening on ws:\/\/127\.0\.0\.1:)(\d+)(\/.*)$/.exec(line) ?? [];
  process.stderr.write(port === '' ? `${line}\n` : `${before}${await openWayTo(port)}${after}\n`);
}

/**
 * @param {string} port there
 * @returns {Promise<number>} the port here
 */
async function openWayTo(port) {
  const server = createServer((socket) => {
    const relay = spawn(host.command, [...host.words, process.execPath, '-e', RELAY, port], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    socket.pipe(relay.stdin).on('error', () => socket.destroy());
    relay.stdout.pipe(socket);
    socket.on('error', () => relay.kill());
    socket.on('close', () => relay.kill());
  });
  await new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(undefined));
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
