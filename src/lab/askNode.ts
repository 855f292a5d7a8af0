/** A client's command on its way to a node and back: within its time, and with the truth when no answer comes. */
import type { KvAnswer } from '../contract/answers.ts';
import type { CommandInput } from '../contract/commands.ts';
import type { LabErrorData } from '../contract/errors.ts';
import { isReadCommand } from '../kv/commands.ts';
import type { KvCommand } from '../kv/commands.ts';
import type { NodeName } from '../trace/names.ts';
import type { NodeThread } from './nodeThread.ts';

/** @throws {LabError} the node's, or what is known when it falls silent */
export function askNode(
  thread: NodeThread, { node: name, command, read }: CommandInput<'kv:execute'>, timeoutMs: number,
): Promise<KvAnswer> {
  const request = { client: name, command, timeoutMs, ...(read === undefined ? {} : { read }) };
  return thread.kv(request, lostAnswer(name, command));
}

/** What to say when the node that was asked ends, or is paused, before it answers. */
function lostAnswer(name: NodeName, command: KvCommand): LabErrorData {
  const what = `${name} went silent before it answered`;
  return isReadCommand(command)
    ? { code: 'node-crashed', message: `${what}. A read changes nothing: ask another node.` }
    : { code: 'unknown-outcome', message: `unknown outcome: ${what}. It may still take effect.` };
}
