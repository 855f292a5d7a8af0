/**
 * What runs in Electron's main process while the window is measured: clients outside the page, so that what the page
 * does for them is not in the figures. Each function is sent there as text, so it uses nothing from around it.
 */
import type * as Electron from 'electron';
import type { NodeName } from '../../../src/trace/names.ts';

type ElectronModule = typeof Electron;
/** What answers the window's commands (src/main/ipc.ts). */
type CommandHandler = (event: unknown, name: string, input: unknown) => Promise<unknown>;

export interface WriteLoad {
  /** The channel of the window's commands. */
  readonly channel: string;
  readonly leader: NodeName;
  readonly clients: number;
  readonly warmUpMs: number;
  readonly forMs: number;
}

/**
 * A closed loop of clients: each writes again when it was answered.
 * @returns writes a second
 */
export async function writeInMain({ ipcMain, BrowserWindow }: ElectronModule, load: WriteLoad): Promise<number> {
  const { channel, leader, clients, warmUpMs, forMs } = load;
  // Electron tells nobody which handlers there are; this is where it keeps them.
  const handlers = Reflect.get(ipcMain, '_invokeHandlers') as ReadonlyMap<string, CommandHandler> | undefined;
  const handler = handlers?.get(channel);
  if (handler === undefined) throw new Error('this Electron keeps the handlers of commands elsewhere');
  const sender = BrowserWindow.getAllWindows()[0]?.webContents;
  const event = { sender, senderFrame: sender?.mainFrame };
  const fromMs = performance.now() + warmUpMs;
  const untilMs = fromMs + forMs;
  let writes = 0;
  await Promise.all(Array.from({ length: clients }, async (_, client) => {
    for (let count = 0; performance.now() < untilMs; count += 1) {
      const command = { op: 'put', key: `key-${client}-${count % 100}`, value: String(count) };
      const reply: unknown = await handler(event, 'kv:execute', { node: leader, command });
      const succeeded = typeof reply === 'object' && reply !== null && 'ok' in reply && reply.ok === true;
      const nowMs = performance.now();
      if (succeeded && nowMs >= fromMs && nowMs < untilMs) writes += 1;
    }
  }));
  return (writes * 1000) / forMs;
}

/** Has the window show another address of its own origin. */
export async function showInMain({ BrowserWindow }: ElectronModule, address: string): Promise<void> {
  await BrowserWindow.getAllWindows()[0]?.loadURL(address);
}

/** The CPU time, in seconds, of the page's process and of the one that composes the screen. */
export function coreSecondsInMain({ app }: ElectronModule): { page: number; screen: number } {
  const secondsOf = (type: string): number => app.getAppMetrics()
    .filter((metrics) => metrics.type === type)
    .reduce((sum, { cpu }) => sum + (cpu.cumulativeCPUUsage ?? Number.NaN), 0);
  return { page: secondsOf('Tab'), screen: secondsOf('GPU') };
}
