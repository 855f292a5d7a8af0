/**
 * The console of a lab without a window: everybody who may read its folder can type commands, over one connection each.
 */
import { chmodSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { LabError } from '../../contract/errors.ts';
import { diskError } from '../../lab/files/diskError.ts';
import type { LabService } from '../../lab/service.ts';
import { errorCodeOf } from '../../node/storage/errors.ts';
import { CONSOLES_MAX, END_OF_ANSWERS } from './consoleEnd.ts';
import { consoleSocketPath, consoleTaken, SOCKET_PATH_BYTES_MAX, takeConsoleSocket } from './consoleSocket.ts';
import { JsonTerminal } from './jsonTerminal.ts';
import { LabConsole } from './labConsole.ts';
import { LabView } from './labView.ts';

/** How long a command that says `leader` waits for one. */
const LEADER_WITHIN_MS = 30_000;

export interface ConsoleServer {
  readonly close: () => void;
}

/** @throws {LabError} when the socket cannot be made; `lab-in-use` when another lab without a window has it */
export async function openConsoleServer(dataDirectory: string, service: LabService): Promise<ConsoleServer> {
  const path = consoleSocketPath(dataDirectory);
  if (Buffer.byteLength(path) > SOCKET_PATH_BYTES_MAX) {
    throw new LabError('invalid-argument', `the path ${path} is too long for a socket: take another --data folder`);
  }
  const labView = await LabView.attach(service);
  const open = new Set<Socket>();
  // Half open: a program that has closed its side still waits for the answers.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('error', () => undefined); // its user has left
    const labConsole = new LabConsole(service, labView, { leaderWithinMs: LEADER_WITHIN_MS });
    const terminal = new JsonTerminal(socket, socket, labConsole);
    socket.once('close', () => {
      open.delete(socket);
      terminal.close();
    });
    void terminal.run().then(() => sayGoodbye(socket), () => socket.destroy()); // aborted when the user leaves
  });
  server.maxConnections = CONSOLES_MAX;
  const lock = await takeConsoleSocket(dataDirectory);
  const close = (): void => {
    server.close(); // removes the socket, which belongs to it while the lock is held
    lock.release();
    open.forEach((socket) => socket.destroy());
  };
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    if (process.platform !== 'win32') chmodSync(path, 0o600);
  } catch (error) {
    close();
    throw errorCodeOf(error) === 'EADDRINUSE'
      ? consoleTaken(dataDirectory) : diskError(error, `the console's socket ${path} cannot be made`, dataDirectory);
  }
  return { close };
}

/**
 * Ends a connection whose commands were all answered. Input that is still on its way is read and left aside: whoever
 * cannot send it might never read the answers.
 */
function sayGoodbye(socket: Socket): void {
  socket.end(`${END_OF_ANSWERS}\n`);
  socket.resume();
}
