/** The arguments of the command being typed. */
import { COMMAND_WORDS, helpOf } from '../../contract/console.ts';

/** The usage of the command in a line, once its word is complete: `cas KEY EXPECTED VALUE`. Empty before. */
export function commandUsage(line: string): string {
  const written = /^\s*(?:@\S+\s+)?(\S+)\s/.exec(line)?.[1];
  const word = COMMAND_WORDS.find((candidate) => candidate === written);
  return word === undefined ? '' : `${helpOf(word).usage} · ${helpOf(word).summary}`;
}
