/** The console of a lab without a window: whoever may read its folder can type commands, one connection each. */
import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { LabError } from '../../contract/errors.ts';
import type { LabService } from '../../lab/service.ts';
import { consoleSocketPath, SOCKET_PATH_BYTES_MAX } from './consoleSocket.ts';
import { JsonTerminal } from './jsonTerminal.ts';
import { LabConsole } from './labConsole.ts';
import { LabView } from './labView.ts';

/** A person and a few scripts. */
const CONNECTIONS_MAX = 16;
/** A command that says `leader` waits so long for one. */
const LEADER_WITHIN_MS = 30_000;

export interface ConsoleServer {
  readonly close: () => void;
}

/** @throws {LabError} when the socket cannot be made */
export async function openConsoleServer(dataDirectory: string, service: LabService): Promise<ConsoleServer> {
  const path = consoleSocketPath(dataDirectory);
  if (Buffer.byteLength(path) > SOCKET_PATH_BYTES_MAX) {
    throw new LabError('invalid-argument', `the path ${path} is too long for a socket: take another --data folder`);
  }
  const labView = await LabView.attach(service);
  const open = new Set<Socket>();
  // Half open: who has typed everything still waits for the answers.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('error', () => undefined); // its user has gone
    const terminal = new JsonTerminal(socket, socket, new LabConsole(service, labView, LEADER_WITHIN_MS));
    socket.once('close', () => {
      open.delete(socket);
      terminal.close();
    });
    void terminal.run().catch(() => undefined) // aborted when the user goes
      .then(() => socket.destroySoon()); // what is still on its way in is not wanted
  });
  server.maxConnections = CONNECTIONS_MAX;
  // A socket that a lab left behind when it was killed would be in the way; a lab that runs holds its folder's lock.
  if (process.platform !== 'win32') rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(new LabError('disk-error', `the console's socket could not be made (${error.message})`));
    });
    server.listen(path, resolve);
  });
  if (process.platform !== 'win32') chmodSync(path, 0o600);
  return {
    close: () => {
      server.close();
      open.forEach((socket) => socket.destroy());
    },
  };
}
