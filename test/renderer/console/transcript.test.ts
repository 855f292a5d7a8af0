import { describe, expect, it } from 'vitest';
import type { AnswerWords } from '../../../src/contract/console.ts';
import { OUTPUT_CHARACTERS_MAX, OUTPUT_LINES_MAX, Transcript } from '../../../src/renderer/console/transcript.ts';

const question = (line: string) => ({ prompt: 'n4', asked: 'n4', line, wrongAt: null, startedAtMs: 0 }) as const;
const ok = (text: string): AnswerWords => ({ tone: 'ok', text, detail: 'index 17 · term 3' });

describe('Transcript', () => {
  it('holds a bounded number of characters, however few lines they are', () => {
    const transcript = new Transcript();
    const large = ok('x'.repeat(2 ** 20));
    for (let number = 0; number < 40; number += 1) transcript.ask(question('get a'), large);
    const characters = transcript.exchanges.reduce((sum, { answer }) => sum + (answer?.text.length ?? 0), 0);
    expect(characters).toBeLessThanOrEqual(OUTPUT_CHARACTERS_MAX);
    expect(transcript.exchanges.length).toBeGreaterThan(10);
  });

  it('keeps each answer with its question, in whatever order they come', () => {
    const transcript = new Transcript();
    const first = transcript.ask(question('incr visits'));
    const second = transcript.ask(question('get colour'));
    expect(transcript.runningCount).toBe(2);
    transcript.answer(second, ok('"sea"'));
    transcript.answer(first, ok('7'));

    expect(transcript.exchanges.map(({ line, answer }) => [line, answer?.text])).toEqual([
      ['incr visits', '7'], ['get colour', '"sea"'],
    ]);
    expect(transcript.runningCount).toBe(0);
  });

  it('is bounded in lines, not in questions', () => {
    const transcript = new Transcript();
    transcript.ask(question('list'), ok('x\n'.repeat(OUTPUT_LINES_MAX / 2)));
    transcript.ask(question('list'), ok('y\n'.repeat(OUTPUT_LINES_MAX / 2)));
    expect(transcript.exchanges.map((exchange) => exchange.id)).toEqual([2]);
    for (let number = 0; number < OUTPUT_LINES_MAX; number += 1) transcript.ask(question('get a'), ok('1'));
    expect(transcript.exchanges).toHaveLength(OUTPUT_LINES_MAX / 2);
  });

  it('keeps the newest answer however long it is, and commands under way however old they are', () => {
    const transcript = new Transcript();
    transcript.ask(question('status'), ok('five'));
    const slow = transcript.ask(question('put a 1'));
    transcript.ask(question('list'), ok('x\n'.repeat(2 * OUTPUT_LINES_MAX)));
    expect(transcript.exchanges.map(({ line }) => line)).toEqual(['put a 1', 'list']);
    transcript.answer(slow, ok('ok'));
    expect(transcript.exchanges.map(({ line }) => line)).toEqual(['list']);
  });

  it('clears the screen but for what is under way', () => {
    const transcript = new Transcript();
    transcript.ask(question('get a'), ok('1'));
    transcript.ask(question('put a 2'));
    transcript.clear();
    expect(transcript.exchanges.map(({ line }) => line)).toEqual(['put a 2']);
  });

  it('reads as plain text', () => {
    const transcript = new Transcript();
    transcript.ask(question('get a'), ok('"1"'));
    transcript.ask(question('put a 2'), { tone: 'unknown', text: 'n4 lost its leader.', detail: '' });
    transcript.ask(question('incr a'));
    expect(transcript.toText()).toBe([
      'n4 ❯ get a', '"1"  index 17 · term 3',
      'n4 ❯ put a 2', 'unknown: n4 lost its leader.',
      'n4 ❯ incr a', '(under way)',
    ].join('\n'));
  });
});
