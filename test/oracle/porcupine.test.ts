/** The linearizability checker against recorded histories whose verdicts somebody else gave. */
import { describe, expect, it } from 'vitest';
import { checkLinearizability } from '../../src/history/linearizability/checker.ts';
import {
  jepsenHistory, keyValueHistory, porcupineIsHere, porcupineText, registerModel, stringModel, verdicts,
  verdictsOfTests,
} from './porcupine.ts';

function verdictOf(file: string): string {
  const text = porcupineText(file);
  return file.startsWith('kv/')
    ? checkLinearizability(stringModel, keyValueHistory(text)).verdict
    : checkLinearizability(registerModel, jepsenHistory(text)).verdict;
}

/** Part of them are in ../shared/oracles, all in a checkout of porcupine. */
const COUNTS = [56, 108];

describe.skipIf(!porcupineIsHere)("porcupine's histories (skipped without the outside oracles)", () => {
  const cases = porcupineIsHere ? verdicts() : [];

  it('are all here', () => {
    expect(COUNTS).toContain(cases.length);
  });

  it.each(cases)('$file is linearizable: $linearizable', ({ file, linearizable }) => {
    expect(verdictOf(file)).toBe(linearizable ? 'linearizable' : 'not-linearizable');
  });
});

it('the verdicts are read from the tests of a checkout, each file once', () => {
  const tests = [
    'checkJepsen(t, 7, true)', 'checkKv(t, "c01-ok", true)', 'checkKv(t, "c01-bad", false)',
    'checkKv(t, "c01-bad", false)', 'benchJepsen(b, 8, true)',
  ].join('\n');
  expect(verdictsOfTests(tests)).toEqual([
    { file: 'jepsen/etcd_007.log', linearizable: true },
    { file: 'kv/c01-ok.txt', linearizable: true },
    { file: 'kv/c01-bad.txt', linearizable: false },
  ]);
});
