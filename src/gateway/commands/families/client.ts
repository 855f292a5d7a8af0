/** CLIENT: what connections say of themselves, and the list of them. */
import { CommandError } from '../command.ts';
import type { Call, Client, Command, DoorContext } from '../command.ts';
import { clientNameIn } from './connection.ts';
import { integerReply, linesReply, NULL, OK, textReply } from '../replies.ts';
import { runSubcommand } from '../subcommands.ts';
import type { Subcommands } from '../subcommands.ts';
import { optionOf, wordOf } from '../words.ts';

const LIBRARY_CHARACTERS_MAX = 64;

function setName(call: Call): void {
  call.client.name = clientNameIn(wordOf(call, 2));
  call.answer(OK);
}

function getName(call: Call): void {
  const { name } = call.client;
  call.answer(name === '' ? NULL : textReply(name));
}

function setInfo(call: Call): void {
  const what = optionOf(call, 2);
  const text = wordOf(call, 3).toString('latin1').slice(0, LIBRARY_CHARACTERS_MAX);
  if (what !== 'LIB-NAME' && what !== 'LIB-VER') {
    throw new CommandError(`ERR Unrecognized option '${what.toLowerCase()}'`);
  }
  if (!/^[!-~]*$/.test(text)) {
    throw new CommandError(`ERR ${what.toLowerCase()} cannot contain spaces, newlines or special characters.`);
  }
  if (what === 'LIB-NAME') {
    call.client.libraryName = text;
  } else {
    call.client.libraryVersion = text;
  }
  call.answer(OK);
}

function lineOf(client: Client, door: DoorContext): string {
  const fields = {
    id: client.id,
    addr: client.remote,
    laddr: `${door.address}:${door.port}`,
    name: client.name,
    age: Math.floor((door.wallMs() - client.openedAtMs) / 1000),
    flags: `${client.isMonitor ? 'O' : 'N'}${client.readsStale ? 'r' : ''}`,
    db: 0,
    cmd: client.lastCommand === '' ? 'NULL' : client.lastCommand,
    user: 'default',
    resp: client.version,
    'lib-name': client.libraryName,
    'lib-ver': client.libraryVersion,
  };
  return Object.entries(fields).map(([field, value]) => `${field}=${value}`).join(' ');
}

function list(call: Call): void {
  const clients = [...call.door.clients.values()];
  call.answer(linesReply(clients.map((client) => lineOf(client, call.door)), '\n'));
}

const SUBCOMMANDS: Subcommands = {
  SETNAME: { words: 3, run: setName },
  GETNAME: { words: 2, run: getName },
  SETINFO: { words: 4, run: setInfo },
  ID: { words: 2, run: (call) => call.answer(integerReply(call.client.id)) },
  INFO: { words: 2, run: (call) => call.answer(linesReply([lineOf(call.client, call.door)], '\n')) },
  LIST: { words: -2, run: list },
  'NO-EVICT': { words: 3, run: (call) => call.answer(OK) }, // no client is ever thrown out for memory
  'NO-TOUCH': { words: 3, run: (call) => call.answer(OK) }, // no key is ever thrown out
  REPLY: { words: 3, refused: 'every command is answered here: what has no answer may have failed unseen' },
  TRACKING: { words: -3, refused: 'the door tells nobody what changed: reads ask the cluster each time' },
  KILL: { words: -3, refused: 'clients end their connections themselves' },
  PAUSE: { words: -3, refused: 'the window and the terminal pause nodes' },
};

export const CLIENT_COMMANDS: readonly Command[] = [
  {
    name: 'client', arity: -2, mode: 'alone', group: 'connection',
    syntax: 'SETNAME|GETNAME|SETINFO|ID|INFO|LIST', summary: 'About this connection, and the others.',
    run: (call) => runSubcommand(call, 'client', SUBCOMMANDS),
  },
];
