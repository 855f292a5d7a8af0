/** KEYS and SCAN: the keys that begin with a prefix, whole or in pages. */
import { bytesOfText, LIST_ENTRIES_MAX, textOfBytes } from '../../../kv/index.ts';
import type { KvPair } from '../../../kv/index.ts';
import type { KvAnswer } from '../../../contract/answers.ts';
import { CommandError } from '../command.ts';
import type { Call, Command } from '../command.ts';
import type { ScanPlace } from '../cursors.ts';
import { integerOf, optionOf, wordOf } from '../words.ts';
import type { Reply } from '../../resp/replyWriter.ts';

const SCAN_COUNT = 10;
/** The most keys that KEYS answers. Pages end by the length of values, too, so that their number says little. */
const KEYS_MAX = 16_000;
/** How often KEYS begins again, until all pages are of one moment. */
const TRIES_MAX = 4;

const STAR = 0x2a;
const BACKSLASH = 0x5c;
const GLOB_BYTES = new Set(Buffer.from('*?[', 'latin1'));

/** What a pattern asks for: keys with a prefix, or one key. */
interface Pattern {
  readonly prefix: string;
  readonly isWhole: boolean;
}

/** @throws {CommandError} when it is another pattern than `prefix*` */
function patternIn(word: Buffer): Pattern {
  const bytes: number[] = [];
  for (let at = 0; at < word.length; at += 1) {
    const byte = word[at] ?? 0;
    if (byte === STAR && at === word.length - 1) {
      return { prefix: textOfBytes(Buffer.from(bytes)), isWhole: false };
    }
    if (GLOB_BYTES.has(byte)) {
      throw new CommandError('ERR only patterns like prefix* are taken: keys are in order, and any other pattern '
        + 'would have to look at every key');
    }
    const escapes = byte === BACKSLASH && at + 1 < word.length;
    bytes.push(escapes ? word[at + 1] ?? 0 : byte);
    at += escapes ? 1 : 0;
  }
  return { prefix: textOfBytes(Buffer.from(bytes)), isWhole: true };
}

interface Page {
  readonly keys: readonly string[];
  readonly truncated: boolean;
  readonly index: number;
}

function askPage(call: Call, place: Partial<ScanPlace>, limit: number, done: (page: Page) => void): void {
  const { prefix = '', after } = place;
  const command = { op: 'list', prefix, limit, ...(after === undefined ? {} : { after }) } as const;
  call.ask(command, (answer) => done(pageOf(answer)));
}

function pageOf({ result, index }: KvAnswer): Page {
  const { entries, truncated } = result.type === 'list' ? result : { entries: [], truncated: false };
  return { keys: entries.map(({ key }: KvPair) => key), truncated, index };
}

function keys(call: Call): void {
  const { prefix, isWhole } = patternIn(wordOf(call, 1));
  followPages(call, prefix, (found) => {
    call.answer(keysReply(isWhole ? found.filter((key) => key === prefix) : found));
  });
}

/** KEYS has one moment in Redis, so all pages must be of one index. */
function followPages(call: Call, prefix: string, done: (keys: readonly string[]) => void, tries = 1): void {
  const found: string[] = [];
  let index: number | undefined;
  const next = (page: Page): void => {
    found.push(...page.keys);
    index ??= page.index;
    if (page.index !== index && tries < TRIES_MAX) {
      followPages(call, prefix, done, tries + 1);
    } else if (page.index !== index) {
      call.fail('TRYAGAIN others wrote all the time: the keys could not be listed as of one moment. SCAN lists them '
        + 'in pages');
    } else if (!page.truncated) {
      done(found);
    } else if (found.length >= KEYS_MAX) {
      call.fail('ERR the keys are too many for one answer: ask for a longer prefix, or use SCAN');
    } else {
      askPage(call, { prefix, after: found.at(-1) ?? '' }, LIST_ENTRIES_MAX, next);
    }
  };
  askPage(call, { prefix }, LIST_ENTRIES_MAX, next);
}

function scan(call: Call): void {
  const cursor = integerOf(call, 1);
  const { pattern, count, isNone } = scanOptionsOf(call);
  const place = cursor === 0 ? { prefix: pattern.prefix } : call.door.cursors.get(cursor);
  if (place?.prefix !== pattern.prefix) {
    throw new CommandError('ERR invalid cursor: it is of another door or pattern, or forgotten. Begin again with 0');
  }
  if (isNone) {
    call.answer(scanReply(0, []));
    return;
  }
  askPage(call, place, count, ({ keys: found, truncated }) => {
    const last = found.at(-1);
    const next = truncated && last !== undefined
      ? call.door.cursors.add({ prefix: pattern.prefix, after: last }) : 0;
    if (pattern.isWhole) {
      call.answer(scanReply(0, found.filter((key) => key === pattern.prefix)));
    } else {
      call.answer(scanReply(next, found));
    }
  });
}

interface ScanOptions {
  readonly pattern: Pattern;
  readonly count: number;
  /** Whether it asks for a type that no value has. */
  readonly isNone: boolean;
}

function scanOptionsOf(call: Call): ScanOptions {
  let options: ScanOptions = { pattern: { prefix: '', isWhole: false }, count: SCAN_COUNT, isNone: false };
  for (let at = 2; at < call.words.length; at += 2) {
    switch (optionOf(call, at)) {
      case 'MATCH':
        options = { ...options, pattern: patternIn(wordOf(call, at + 1)) };
        break;
      case 'COUNT':
        options = { ...options, count: Math.min(integerOf(call, at + 1), LIST_ENTRIES_MAX) };
        break;
      case 'TYPE':
        options = { ...options, isNone: optionOf(call, at + 1) !== 'STRING' };
        break;
      default:
        throw new CommandError('ERR syntax error');
    }
  }
  if (options.count < 1) {
    throw new CommandError('ERR syntax error');
  }
  return options;
}

function keysReply(found: readonly string[]): Reply {
  return (writer) => {
    writer.array(found.length);
    for (const key of found) {
      writer.bulk(bytesOfText(key));
    }
  };
}

function scanReply(cursor: number, found: readonly string[]): Reply {
  return (writer) => {
    writer.array(2);
    writer.text(String(cursor));
    keysReply(found)(writer);
  };
}

export const SCAN_COMMANDS: readonly Command[] = [
  {
    name: 'keys', arity: 2, mode: 'alone', access: 'read', group: 'generic', syntax: 'prefix*',
    summary: 'The keys that begin with a prefix.', run: keys,
  },
  {
    name: 'scan', arity: -2, mode: 'alone', access: 'read', group: 'generic',
    syntax: 'cursor [MATCH prefix*] [COUNT count]', summary: 'Some of the keys, and where to go on.', run: scan,
  },
];
