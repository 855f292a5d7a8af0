/** COMMAND: what commands there are, for programs. redis-cli takes its hints and its help from here. */
import type { ReplyWriter } from '../../resp/replyWriter.ts';
import { CommandError } from '../command.ts';
import type { Call, Command } from '../command.ts';
import { integerReply, textsReply } from '../replies.ts';
import { runSubcommand } from '../subcommands.ts';
import { optionOf } from '../words.ts';

const SINCE = '1.0.0';

/** Those that are carried out: nobody is offered what is refused. */
function offered({ door }: Call): Command[] {
  return [...door.commands.values()].filter(({ isRefused }) => isRefused !== true);
}

/** Those that the words from a place on name, or all. Undefined for a name that is none. */
function named(call: Call, from: number): readonly (Command | undefined)[] {
  return call.words.length === from ? offered(call) : call.words.slice(from).map(
    (word) => call.door.commands.get(word.toString('latin1').toLowerCase()),
  );
}

function accessOf({ access, mode }: Command): 'read' | 'write' | undefined {
  return access ?? (mode === 'read' || mode === 'write' ? mode : undefined);
}

function flagsOf(command: Command): string[] {
  const access = accessOf(command);
  return [
    ...(access === 'read' ? ['readonly'] : access === 'write' ? ['write', 'denyoom'] : []),
    ...(command.keys === undefined ? ['noscript'] : ['fast']),
    ...(command.needsNoPassword === true ? ['no_auth'] : []),
  ];
}

function writeTexts(writer: ReplyWriter, texts: readonly string[]): void {
  writer.set(texts.length);
  for (const text of texts) {
    writer.simple(text);
  }
}

/** Name, arity, flags, first key, last key, step, categories, tips, key specifications, subcommands. */
function writeInfo(writer: ReplyWriter, command: Command | undefined): void {
  if (command === undefined) {
    writer.null();
    return;
  }
  const access = accessOf(command);
  writer.array(10);
  writer.text(command.name);
  writer.integer(command.arity);
  writeTexts(writer, flagsOf(command));
  writer.integer(command.keys?.first ?? 0);
  writer.integer(command.keys?.last ?? 0);
  writer.integer(command.keys === undefined ? 0 : 1);
  writeTexts(writer, [`@${command.group}`, ...(access === undefined ? [] : [`@${access}`])]);
  writer.array(0);
  writer.array(0);
  writer.array(0);
}

function info(call: Call): void {
  const commands = named(call, 2);
  call.answer((writer) => {
    writer.array(commands.length);
    for (const command of commands) {
      writeInfo(writer, command);
    }
  });
}

function all(call: Call): void {
  const commands = offered(call);
  call.answer((writer) => {
    writer.array(commands.length);
    for (const command of commands) {
      writeInfo(writer, command);
    }
  });
}

/** `key value [NX|XX]` as three arguments, the last of which may be left out. */
function argumentsOf({ syntax = '' }: Command): { readonly name: string; readonly isOptional: boolean }[] {
  return [...syntax.matchAll(/\[([^\]]*)\]|\S+/g)].map(([whole, optional]) => (
    { name: optional ?? whole, isOptional: optional !== undefined }
  ));
}

function writeArguments(writer: ReplyWriter, command: Command): void {
  const words = argumentsOf(command);
  writer.array(words.length);
  for (const { name, isOptional } of words) {
    writer.map(isOptional ? 4 : 3);
    writer.text('name');
    writer.text(name);
    writer.text('type');
    writer.text('string');
    writer.text('display_text');
    writer.text(name);
    if (isOptional) {
      writer.text('flags');
      writeTexts(writer, ['optional']);
    }
  }
}

function docs(call: Call): void {
  const commands = named(call, 2).filter((command) => command !== undefined);
  call.answer((writer) => {
    writer.map(commands.length);
    for (const command of commands) {
      writer.text(command.name);
      writer.map(4);
      writer.text('summary');
      writer.text(command.summary);
      writer.text('since');
      writer.text(SINCE);
      writer.text('group');
      writer.text(command.group);
      writer.text('arguments');
      writeArguments(writer, command);
    }
  });
}

function getKeys(call: Call): void {
  const command = call.door.commands.get(optionOf(call, 2).toLowerCase());
  if (command?.keys === undefined) {
    throw new CommandError(command === undefined
      ? 'ERR Invalid command specified' : 'ERR The command has no key arguments');
  }
  const { first, last } = command.keys;
  const words = call.words.slice(2);
  const keys = words.slice(first, last < 0 ? words.length : last + 1);
  call.answer((writer) => {
    writer.array(keys.length);
    for (const key of keys) {
      writer.bulk(key);
    }
  });
}

function list(call: Call): void {
  call.answer(textsReply(offered(call).map(({ name }) => name)));
}

function command(call: Call): void {
  if (call.words.length === 1) {
    all(call);
    return;
  }
  runSubcommand(call, 'command', {
    COUNT: { words: 2, run: () => call.answer(integerReply(offered(call).length)) },
    DOCS: { words: -2, run: docs },
    INFO: { words: -2, run: info },
    LIST: { words: -2, run: list },
    GETKEYS: { words: -3, run: getKeys },
  });
}

export const CATALOGUE_COMMANDS: readonly Command[] = [
  {
    name: 'command', arity: -1, mode: 'local', group: 'server', syntax: '[COUNT|DOCS|INFO|LIST|GETKEYS]',
    summary: 'What commands there are.', run: command,
  },
];
