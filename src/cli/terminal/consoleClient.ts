/** Types into the console of a lab that runs without a window on this machine. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import { LabError } from '../../contract/errors.ts';
import { answerLines } from './answerLines.ts';
import { boundedLines, COMMAND_LINE_CHARACTERS_MAX } from './boundedLines.ts';
import { CONSOLES_MAX, END_OF_ANSWERS } from './consoleEnd.ts';
import { consoleSocketPath } from './consoleSocket.ts';
import { PLAIN } from './style.ts';

/** Far longer than the answer to a `list`, which holds the pairs twice: as words and as a value. */
const ANSWER_CHARACTERS_MAX = 64 * 1024 * 1024;

const answerSchema = z.looseObject({
  type: z.literal('answer'), line: z.string(), ok: z.boolean(), tone: z.enum(['ok', 'note', 'unknown', 'error']),
  text: z.string(), detail: z.string(),
});

/**
 * Sends the lines of `input` and prints the answers, as they are or as words. It ends quietly when nobody reads them.
 * @returns the exit code: 1 when a command failed
 * @throws {LabError} `no-open-lab` when no lab runs there without a window, or it did not answer everything;
 *   `too-large` when a line is too long
 */
export async function askRunningLab(
  dataDirectory: string, json: boolean, input: Readable, output: Writable,
): Promise<number> {
  const socket = connect(consoleSocketPath(dataDirectory));
  await once(socket, 'connect').catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LabError('no-open-lab', `no lab runs with --headless on ${dataDirectory} (${reason})`);
  });
  const unread = new AbortController();
  output.once('error', () => {
    unread.abort();
    socket.destroy();
  });
  const ended = new AbortController();
  const sent = send(input, socket, ended.signal).then(() => null, (error: unknown) => ({ error }));
  let failures = 0;
  let isComplete = false;
  for await (const line of answersOf(socket)) {
    if (line === END_OF_ANSWERS) {
      isComplete = true;
      continue;
    }
    const answer = answerSchema.safeParse(parse(line));
    if (answer.success && !answer.data.ok) failures += 1;
    const lines = json || !answer.success ? [line] : [`❯ ${answer.data.line}`, ...answerLines(answer.data, PLAIN)];
    output.write(`${lines.join('\n')}\n`);
  }
  ended.abort();
  const problem = await sent;
  if (problem !== null) throw problem.error;
  if (!isComplete && !unread.signal.aborted) throw endedEarly(dataDirectory);
  return failures > 0 ? 1 : 0;
}

/**
 * The end of the input is told by a command: a pipe of Windows that is closed for writing loses what comes after 50 ms.
 * @throws what the input throws; what becomes of the socket is seen where it is read
 */
async function send(input: Readable, socket: Socket, signal: AbortSignal): Promise<void> {
  try {
    for await (const line of boundedLines(input, COMMAND_LINE_CHARACTERS_MAX, signal)) {
      if (!socket.write(`${line}\n`)) await once(socket, 'drain', { signal });
    }
  } catch (error) {
    if (!signal.aborted && !socket.destroyed) throw error;
  } finally {
    socket.write('quit\n');
  }
}

/** The lines up to the end of the connection, whether the lab has ended it or was killed. */
async function* answersOf(socket: Socket): AsyncGenerator<string, void, undefined> {
  socket.on('error', () => undefined); // the loop that reads it may have ended before
  try {
    yield* boundedLines(socket, ANSWER_CHARACTERS_MAX);
  } catch (error) {
    if (error instanceof LabError) throw error;
  } finally {
    socket.destroy();
  }
}

function endedEarly(dataDirectory: string): LabError {
  return new LabError(
    'no-open-lab', `the lab on ${dataDirectory} did not answer everything: it has ended, or ${CONSOLES_MAX} consoles `
    + 'are open already. Look whether it runs, and which of the commands took effect',
  );
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
