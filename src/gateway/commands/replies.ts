/** Replies that many commands give. */
import { bytesOfText } from '../../kv/index.ts';
import type { Reply } from '../resp/replyWriter.ts';

export const OK: Reply = (writer) => writer.simple('OK');
export const NULL: Reply = (writer) => writer.null();

export function integerReply(value: number): Reply {
  return (writer) => writer.integer(value);
}

/** A value of the state machine, as the bytes that it stands for; null for an absent key. */
export function valueReply(value: string | null): Reply {
  return value === null ? NULL : (writer) => writer.bulk(bytesOfText(value));
}

export function textReply(text: string): Reply {
  return (writer) => writer.text(text);
}

/** Texts as an array of bulk strings. */
export function textsReply(texts: readonly string[]): Reply {
  return (writer) => {
    writer.array(texts.length);
    for (const text of texts) {
      writer.text(text);
    }
  };
}

/** A map of texts. */
export function mapReply(fields: Readonly<Record<string, string>>): Reply {
  const entries = Object.entries(fields);
  return (writer) => {
    writer.map(entries.length);
    for (const [name, value] of entries) {
      writer.text(name);
      writer.text(value);
    }
  };
}

/** Lines that a client may show to people as they are. */
export function linesReply(lines: readonly string[], lineEnd = '\r\n'): Reply {
  return (writer) => writer.verbatim(lines.map((line) => `${line}${lineEnd}`).join(''));
}
