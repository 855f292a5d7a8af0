/** The linearizability checker against recorded histories whose verdicts somebody else gave. */
import { describe, expect, it } from 'vitest';
import { checkLinearizability } from '../../src/sim/linearizability/checker.ts';
import {
  jepsenHistory, keyValueHistory, porcupineIsHere, porcupineText, registerModel, stringModel, verdicts,
} from './porcupine.ts';

function verdictOf(file: string): string {
  const text = porcupineText(file);
  return file.startsWith('kv/')
    ? checkLinearizability(stringModel, keyValueHistory(text)).verdict
    : checkLinearizability(registerModel, jepsenHistory(text)).verdict;
}

describe.skipIf(!porcupineIsHere)("porcupine's histories (skipped where ../shared/oracles is absent)", () => {
  const cases = porcupineIsHere ? verdicts() : [];

  it('are all here', () => {
    expect(cases).toHaveLength(56);
  });

  it.each(cases)('$file is linearizable: $linearizable', ({ file, linearizable }) => {
    expect(verdictOf(file)).toBe(linearizable ? 'linearizable' : 'not-linearizable');
  });
});
