/** Commands about the connection itself: who the client is, and how it wants to be answered. */
import { CommandError } from '../command.ts';
import type { Call, Command } from '../command.ts';
import { OK } from '../replies.ts';
import { optionOf, wordOf } from '../words.ts';
import { roleWord, SERVED_VERSION } from '../served.ts';

const WRONG_PASSWORD = 'WRONGPASS invalid username-password pair or user is disabled.';
/** A wrong password is answered after this time, so that guessing takes long. */
const WRONG_PASSWORD_MS = 500;
/** After so many the connection ends. */
const WRONG_PASSWORDS_MAX = 3;
const USER = 'default';
/** What a name may hold, as in Redis: no space, nothing invisible. */
const CLIENT_NAME = /^[!-~]{0,64}$/;

function ping(call: Call): void {
  if (call.words.length === 1) {
    call.answer((writer) => writer.simple('PONG'));
  } else {
    echo(call);
  }
}

function echo(call: Call): void {
  const word = wordOf(call, 1);
  call.answer((writer) => writer.bulk(word));
}

/** The name in a word. @throws {CommandError} when clients may not be called that */
export function clientNameIn(word: Buffer): string {
  const name = word.toString('latin1');
  if (!CLIENT_NAME.test(name)) {
    throw new CommandError('ERR Client names cannot contain spaces, newlines or special characters, and have at most '
      + '64 characters.');
  }
  return name;
}

/** Lets a client in, and goes on; or answers that it is not, later. */
function letIn(call: Call, user: Buffer, password: Buffer, done: () => void): void {
  const { client, door } = call;
  const isUser = user.toString('latin1') === USER;
  if (isUser && (!door.hasPassword || door.isPassword(password))) {
    client.isAuthenticated = true;
    done();
    return;
  }
  client.wrongPasswords += 1;
  setTimeout(() => {
    call.fail(WRONG_PASSWORD);
    if (client.wrongPasswords >= WRONG_PASSWORDS_MAX) {
      client.finish();
    }
  }, WRONG_PASSWORD_MS).unref();
}

function auth(call: Call): void {
  if (call.words.length > 3) {
    throw new CommandError('ERR syntax error');
  }
  if (call.words.length === 2 && !call.door.hasPassword) {
    throw new CommandError('ERR AUTH <password> called without any password configured for the default user. Are you '
      + 'sure your configuration is correct?');
  }
  const user = call.words.length === 2 ? Buffer.from(USER) : wordOf(call, 1);
  letIn(call, user, wordOf(call, call.words.length - 1), () => call.answer(OK));
}

interface Hello {
  readonly version: 2 | 3;
  readonly credentials: { readonly user: Buffer; readonly password: Buffer } | undefined;
  readonly name: string | undefined;
}

function helloIn(call: Call): Hello {
  const version = call.words.length === 1 ? call.client.version : versionIn(wordOf(call, 1));
  let credentials: Hello['credentials'];
  let name: string | undefined;
  for (let at = 2; at < call.words.length;) {
    const option = optionOf(call, at);
    if (option === 'AUTH') {
      credentials = { user: wordOf(call, at + 1), password: wordOf(call, at + 2) };
      at += 3;
    } else if (option === 'SETNAME') {
      name = clientNameIn(wordOf(call, at + 1));
      at += 2;
    } else {
      throw new CommandError(`ERR Syntax error in HELLO option '${option.toLowerCase()}'`);
    }
  }
  return { version, credentials, name };
}

function versionIn(word: Buffer): 2 | 3 {
  const text = word.toString('latin1');
  if (!/^-?\d+$/.test(text)) {
    throw new CommandError('ERR Protocol version is not an integer or out of range');
  }
  if (text !== '2' && text !== '3') {
    throw new CommandError('NOPROTO unsupported protocol version');
  }
  return text === '2' ? 2 : 3;
}

function hello(call: Call): void {
  const { version, credentials, name } = helloIn(call);
  if (credentials !== undefined) {
    letIn(call, credentials.user, credentials.password, () => greet(call, version, name));
  } else if (call.client.isAuthenticated) {
    greet(call, version, name);
  } else {
    throw new CommandError('NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO '
      + '<proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol '
      + 'version at the same time');
  }
}

function greet(call: Call, version: 2 | 3, name: string | undefined): void {
  const { client, door } = call;
  client.version = version;
  client.name = name ?? client.name;
  const texts = { server: 'redis', version: SERVED_VERSION };
  call.answer((writer) => {
    writer.map(7);
    for (const [field, value] of Object.entries(texts)) {
      writer.text(field);
      writer.text(value);
    }
    writer.text('proto');
    writer.integer(version);
    writer.text('id');
    writer.integer(client.id);
    writer.text('mode');
    writer.text(door.redirects ? 'cluster' : 'standalone');
    writer.text('role');
    writer.text(roleWord(door.node.standing()));
    writer.text('modules');
    writer.array(0);
  });
}

function select(call: Call): void {
  if (wordOf(call, 1).toString('latin1') !== '0') {
    throw new CommandError('ERR DB index is out of range: there is one key space, and its number is 0');
  }
  call.answer(OK);
}

function setReads(call: Call, stale: boolean): void {
  call.client.readsStale = stale;
  call.answer(OK);
}

function quit(call: Call): void {
  call.answer(OK);
  call.client.finish();
}

function reset(call: Call): void {
  call.client.reset();
  call.answer((writer) => writer.simple('RESET'));
}

const CONNECTION = { group: 'connection' } as const;

export const CONNECTION_COMMANDS: readonly Command[] = [
  {
    ...CONNECTION, name: 'ping', arity: -1, mode: 'local', syntax: '[message]',
    summary: 'Answers PONG, or the message.', run: ping,
  },
  { ...CONNECTION, name: 'echo', arity: 2, mode: 'local', syntax: 'message', summary: 'The message.', run: echo },
  {
    ...CONNECTION, name: 'auth', arity: -2, mode: 'alone', needsNoPassword: true, syntax: '[username] password',
    summary: 'Says the password.', run: auth,
  },
  {
    ...CONNECTION, name: 'hello', arity: -1, mode: 'alone', needsNoPassword: true,
    syntax: '[protover] [AUTH username password] [SETNAME clientname]',
    summary: 'Chooses the version of the protocol.', run: hello,
  },
  {
    ...CONNECTION, name: 'select', arity: 2, mode: 'local', syntax: '0', summary: 'There is one key space: 0.',
    run: select,
  },
  {
    ...CONNECTION, name: 'quit', arity: -1, mode: 'alone', needsNoPassword: true,
    summary: 'Ends the connection.', run: quit,
  },
  {
    ...CONNECTION, name: 'reset', arity: 1, mode: 'alone', needsNoPassword: true,
    summary: 'Makes the connection what it was at its beginning.', run: reset,
  },
  {
    name: 'readonly', arity: 1, mode: 'alone', group: 'cluster',
    summary: 'Reads are answered from this node\'s own state from now on, possibly stale.',
    run: (call) => setReads(call, true),
  },
  {
    name: 'readwrite', arity: 1, mode: 'alone', group: 'cluster', summary: 'Reads are linearizable again.',
    run: (call) => setReads(call, false),
  },
  {
    name: 'asking', arity: 1, mode: 'local', group: 'cluster', summary: 'Changes nothing: no slot moves here.',
    run: (call) => call.answer(OK),
  },
];
