/** Types into the console of a lab that runs without a window on this machine. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import { LabError } from '../../contract/errors.ts';
import { answerLines } from './answerLines.ts';
import { boundedLines } from './boundedLines.ts';
import { consoleSocketPath } from './consoleSocket.ts';
import { PLAIN } from './style.ts';

/** Far longer than the answer to a `list`, which holds the pairs twice: as words and as a value. */
const ANSWER_CHARACTERS_MAX = 64 * 1024 * 1024;

const answerSchema = z.looseObject({
  type: z.literal('answer'), line: z.string(), ok: z.boolean(), tone: z.enum(['ok', 'note', 'unknown', 'error']),
  text: z.string(), detail: z.string(),
});

/**
 * Sends the lines of `input` and prints the answers, as they are or as words.
 * @returns the exit code: 1 when a command failed
 * @throws {LabError} when no lab runs there without a window
 */
export async function askRunningLab(
  dataDirectory: string, json: boolean, input: Readable, output: Writable,
): Promise<number> {
  const socket = connect(consoleSocketPath(dataDirectory));
  await once(socket, 'connect').catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LabError('no-open-lab', `no lab runs with --headless on ${dataDirectory} (${reason})`);
  });
  socket.on('error', () => undefined); // `close` follows it
  // A command tells that the input has ended: on Windows, a pipe that is closed for writing loses what comes later than
  // 50 ms.
  input.pipe(socket, { end: false });
  input.once('end', () => socket.write('\nquit\n'));
  let failures = 0;
  for await (const line of boundedLines(socket, ANSWER_CHARACTERS_MAX)) {
    const answer = answerSchema.safeParse(parse(line));
    if (answer.success && !answer.data.ok) failures += 1;
    const lines = json || !answer.success ? [line] : [`❯ ${answer.data.line}`, ...answerLines(answer.data, PLAIN)];
    output.write(`${lines.join('\n')}\n`);
  }
  input.unpipe(socket);
  return failures > 0 ? 1 : 0;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
