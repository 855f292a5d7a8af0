/** Answers and errors in words. */
import { describe, expect, it } from 'vitest';
import type { KvAnswer } from '../../src/contract/answers.ts';
import { describeAnswer, describeError } from '../../src/contract/console.ts';
import type { KvResult } from '../../src/kv/commands.ts';

const answer = (result: KvResult, more: Partial<KvAnswer> = {}): KvAnswer => ({
  result, index: 17, term: 3, route: ['n4', 'n3'], leader: 'n3', hops: 1, tries: 1,
  timing: { totalMs: 1.42, appendedMs: null, committedMs: null }, ...more,
});

describe('describeAnswer', () => {
  it.each<[KvResult, string, string]>([
    [{ type: 'value', value: 'sea' }, 'ok', '"sea"'],
    [{ type: 'value', value: null }, 'note', 'absent'],
    [{ type: 'written', previous: null }, 'ok', 'ok'],
    [{ type: 'written', previous: 'red' }, 'ok', 'ok, was "red"'],
    [{ type: 'deleted', previous: 'red' }, 'ok', 'ok, was "red"'],
    [{ type: 'deleted', previous: null }, 'note', 'ok, was absent'],
    [{ type: 'compared', swapped: true, actual: 'red' }, 'ok', 'ok, swapped'],
    [{ type: 'compared', swapped: false, actual: 'red' }, 'note', 'not swapped: the key holds "red"'],
    [{ type: 'compared', swapped: false, actual: null }, 'note', 'not swapped: the key is absent'],
    [{ type: 'number', value: -2 }, 'ok', '-2'],
    [{ type: 'list', entries: [], truncated: false }, 'note', 'no keys'],
    [{ type: 'list', entries: [{ key: 'a b', value: '1' }, { key: 'c', value: '' }], truncated: true }, 'ok',
      '"a b" "1"\nc ""\n… and more: give a longer prefix'],
    [{ type: 'refused', code: 'not-a-number', message: 'The value is no number.' }, 'error', 'The value is no number.'],
  ])('%j', (result, tone, text) => {
    expect(describeAnswer(answer(result))).toEqual({ tone, text, detail: 'index 17 · term 3 · n4 → n3 · 1.4 ms' });
  });

  it('says how many tries it took, when it was more than one', () => {
    const { detail } = describeAnswer(answer({ type: 'number', value: 1 }, { tries: 3, route: ['n3'] }));
    expect(detail).toBe('index 17 · term 3 · n3 · 1.4 ms · 3 tries');
  });

  it('says that a write without a session may have been applied as often as it was sent', () => {
    expect(describeAnswer(answer({ type: 'number', value: 1 }, { tries: 2, mayHaveAppliedTimes: 2 }))).toEqual({
      tone: 'note', text: '1 (sent 2 times without a session: it may be applied twice)',
      detail: 'index 17 · term 3 · n4 → n3 · 1.4 ms',
    });
    const refusal: KvResult = { type: 'refused', code: 'not-a-number', message: 'The value is not a whole number.' };
    expect(describeAnswer(answer(refusal, { tries: 3, mayHaveAppliedTimes: 3 }))).toMatchObject({
      tone: 'error', text: expect.stringContaining('up to 3 times') as string,
    });
  });

  it('lets no value steer the terminal or turn the line around', () => {
    const { text } = describeAnswer(answer({ type: 'value', value: '\u001b[2J\u009b2J\u202eabc' }));
    expect(text).toBe(String.raw`"\u001b[2J\u009b2J\u202eabc"`);
  });

  it('cuts what is too long for a screen', () => {
    const { text } = describeAnswer(answer({ type: 'value', value: 'x'.repeat(5000) }));
    expect(text).toBe(`"${'x'.repeat(2000)}"… (5000 characters)`);
  });
});

describe('describeError', () => {
  it('never calls an unknown outcome a failure', () => {
    const short = 'unknown outcome after 5 s: n1 has no leader.';
    expect(describeError({ code: 'unknown-outcome', message: short }))
      .toEqual({ tone: 'unknown', text: `${short} It may still take effect.`, detail: '' });
    const said = 'unknown outcome: n1 crashed. It may still take effect.';
    expect(describeError({ code: 'unknown-outcome', message: said }).text).toBe(said);
  });

  it('passes on what other errors say', () => {
    expect(describeError({ code: 'node-crashed', message: 'node n3 has crashed: restart it or ask another node' }))
      .toEqual({ tone: 'error', text: 'node n3 has crashed: restart it or ask another node', detail: '' });
  });
});
