/** A client's command on its way to a node and back: within its time, and with the truth when no answer comes. */
import type { KvAnswer } from '../contract/answers.ts';
import type { CommandInput } from '../contract/commands.ts';
import { LabError } from '../contract/errors.ts';
import type { LabErrorData } from '../contract/errors.ts';
import { isReadCommand } from '../kv/commands.ts';
import type { KvCommand } from '../kv/commands.ts';
import type { NodeName } from '../trace/names.ts';
import type { NodeThread } from './nodeThread.ts';

/** A node answers or gives up by itself; this is for one that is paused in between. */
const GRACE_MS = 1000;

/** @throws {LabError} the node's, or what is known when it falls silent */
export async function askNode(
  thread: NodeThread, { node: name, command, read }: CommandInput<'kv:execute'>, timeoutMs: number,
): Promise<KvAnswer> {
  const lost = lostAnswer(name, command);
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new LabError(lost.code, lost.message)), timeoutMs + GRACE_MS);
  });
  try {
    const request = { client: name, command, timeoutMs, ...(read === undefined ? {} : { read }) };
    return await Promise.race([thread.kv(request, lost), silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** What to say when the node that was asked ends, or is paused, before it answers. */
function lostAnswer(name: NodeName, command: KvCommand): LabErrorData {
  const what = `${name} went silent before it answered`;
  return isReadCommand(command)
    ? { code: 'node-crashed', message: `${what}. A read changes nothing: ask another node.` }
    : { code: 'unknown-outcome', message: `unknown outcome: ${what}. It may still take effect.` };
}
