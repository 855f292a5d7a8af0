/** Commands about the connection itself. */
import type { Call, Command } from './command.ts';
import { wordOf } from './words.ts';

function ping(call: Call): void {
  if (call.words.length === 1) {
    call.answer((writer) => writer.simple('PONG'));
    return;
  }
  const word = wordOf(call, 1);
  call.answer((writer) => writer.bulk(word));
}

export const CONNECTION_COMMANDS: readonly Command[] = [
  {
    name: 'ping', arity: -1, mode: 'local', group: 'connection', syntax: '[message]',
    summary: 'Answers PONG, or the message.', run: ping,
  },
];
