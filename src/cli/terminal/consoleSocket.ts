/** Where the console of a lab that runs without a window is reached: a socket that the owner of its folder can open. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** What the name of a socket may have on every system that we run on (`sun_path`). */
export const SOCKET_PATH_BYTES_MAX = 103;

/** The path of the socket in a data folder; on Windows the name of a pipe. */
export function consoleSocketPath(dataDirectory: string, platform: NodeJS.Platform = process.platform): string {
  if (platform !== 'win32') return join(dataDirectory, 'console.sock');
  const digest = createHash('sha256').update(dataDirectory.toLowerCase()).digest('hex').slice(0, 16);
  return `\\\\.\\pipe\\raftlab-${digest}`;
}
