/** Programs of others that the bench starts on this machine: whether they are there, their ports, and their end. */
import { execFile } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { promisify } from 'node:util';

/** A program, what its version looks like in what it prints, and where it comes from. */
export interface Program {
  readonly name: string;
  readonly version: RegExp;
  readonly debianPackage: string;
}

/** The version that a program prints of itself. @throws {Error} that says how to install it */
export async function versionOf({ name, version, debianPackage }: Program): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(name, ['--version']);
    return version.exec(stdout)?.[1] ?? 'unknown';
  } catch {
    throw new Error(`${name} is not installed. On Debian, as root: apt-get install -y ${debianPackage}`);
  }
}

/** Ports that are free now; all are held at the same time, so that they differ. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  const ports = await Promise.all(servers.map(async (server) => {
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }));
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** Ends a program at once, and waits until it has ended. */
export async function endProgram(program: ChildProcess): Promise<void> {
  if (program.exitCode === null && program.signalCode === null) {
    const exited = once(program, 'exit');
    program.kill('SIGKILL');
    await exited;
  }
}
