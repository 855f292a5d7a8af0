// The bridge between the window and the main process: the only thing that the sandboxed page can reach outside itself.
// It hands out named functions and plain data; no IPC object and no event object ever passes to the page.
import { contextBridge, ipcRenderer } from 'electron';
import type { IpcRendererEvent } from 'electron';
import type { WindowSignal } from '../contract/answers.ts';
import {
  COMMAND_CHANNEL, COMMAND_NAMES, EVENTS_CHANNEL, LAB_CHANGED_CHANNEL, SIGNAL_CHANNEL, TIME_CHANNEL,
} from '../contract/channels.ts';
import type { CommandAnswer, CommandInput, CommandName, ExposedBridge } from '../contract/commands.ts';
import type { LabErrorCode, Reply } from '../contract/errors.ts';
import type { TimeStatus } from '../contract/time.ts';

const commandNames: ReadonlySet<string> = new Set(COMMAND_NAMES);

const refusal = (code: LabErrorCode, message: string) => ({ ok: false, error: { code, message } }) as const;

/** Sends a known command. Main parses the input and answers with a Reply, whatever happens (src/main/ipc.ts). */
async function invoke<Name extends CommandName>(
  name: Name,
  input: CommandInput<Name>,
): Promise<Reply<CommandAnswer<Name>>> {
  if (!commandNames.has(name)) return refusal('unknown-command', 'Raftlab has no such command.');
  try {
    // Main returns its own Reply for this command, so the type is known.
    return (await ipcRenderer.invoke(COMMAND_CHANNEL, name, input)) as Reply<CommandAnswer<Name>>;
  } catch {
    return refusal('invalid-argument', `The input of ${name} is not plain data, or the app is closing.`);
  }
}

/** Listens on one of main's channels; returns the function that stops it. */
function subscribe(channel: string, listener: (payload: unknown) => void): () => void {
  const withoutEvent = (_event: IpcRendererEvent, payload: unknown): void => {
    listener(payload);
  };
  ipcRenderer.on(channel, withoutEvent);
  return () => {
    ipcRenderer.off(channel, withoutEvent);
  };
}

// Main is the only sender on these channels, and the compiler checks there what it sends.
const bridge: ExposedBridge = {
  invoke,
  onEvents: (listener) => subscribe(EVENTS_CHANNEL, (batchText) => { listener(batchText as string); }),
  onLabChanged: (listener) => subscribe(LAB_CHANGED_CHANNEL, () => { listener(); }),
  onTime: (listener) => subscribe(TIME_CHANNEL, (time) => { listener(time as TimeStatus); }),
  onSignal: (listener) => subscribe(SIGNAL_CHANNEL, (signal) => { listener(signal as WindowSignal); }),
};

contextBridge.exposeInMainWorld('raftlab', bridge);
