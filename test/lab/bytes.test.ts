/** Keys and values that are no text, on a real cluster: from the console's words to the disk and back. */
import { expect, test } from 'vitest';
import { parseConsole } from '../../src/contract/console.ts';
import { describeAnswer } from '../../src/contract/consoleWords.ts';
import { labErrorOf, startLab } from './support.ts';

test('bytes go through log, snapshot and restart, and are found, compared and shown as what they are', async () => {
  const lab = await startLab(3);
  const leader = await lab.leaderOf();
  const [follower = 'n1', other = 'n1'] = lab.names.filter((name) => name !== leader);
  const say = async (line: string): Promise<string> => {
    const parsed = parseConsole(line);
    if (!parsed.ok || parsed.command.type !== 'kv') return expect.unreachable(`${line} is no command on data`);
    return describeAnswer(await lab.kv(follower, parsed.command.command)).text;
  };
  expect(await say(String.raw`put "picture \xff" "\x89PNG\r\n"`)).toBe('ok');
  await lab.converged();
  await lab.act('node:crash', other);
  for (const name of [leader, follower]) await lab.act('node:compact', name);
  expect(await say(String.raw`put "€" "\xc3"`)).toBe('ok');
  expect(await say(String.raw`cas "€" "\xc3" "\xc3\xa9"`)).toBe('ok, swapped');
  await lab.act('node:restart', other);
  await lab.converged();
  await lab.act('node:crash', follower);
  await lab.act('node:restart', follower);
  await lab.converged();
  for (const name of lab.names) {
    expect(await lab.contents(name), name).toEqual({ 'picture \udcff': '\udc89PNG\r\n', '€': 'é' });
  }
  expect(await say(String.raw`list "\xe2\x82"`), 'a prefix that ends within a character').toBe('"€" "é"');
  expect(await say('list picture')).toBe(String.raw`"picture \xff" "\x89PNG\r\n"`);
  const { rows } = await lab.disk(follower);
  expect(rows.map(({ text }) => text)).toContain(String.raw`cas "€" "\xc3"→"é"`);
  expect(JSON.stringify(lab.events)).not.toContain('\\udc');
  const half = await labErrorOf(lab.put(leader, 'k', '\ud83d'));
  expect(half.message).toContain('half a character');
});
