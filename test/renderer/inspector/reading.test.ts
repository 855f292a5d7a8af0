import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nextTick, shallowRef } from 'vue';
import type { Reply } from '../../../src/contract/errors.ts';
import { writtenState } from '../../../src/renderer/inspector/useNodeDisk.ts';
import { useReading } from '../../../src/renderer/inspector/useReading.ts';
import { nodeView } from '../stage/support.ts';
import { ManualBridge } from '../support/manualBridge.ts';
import { withWindow } from '../support/mountWindow.ts';

let asked: string[];
let answers: ((reply: Reply<string>) => void)[];
let unmount: () => void;

function reading() {
  const subject = shallowRef('n1');
  const change = shallowRef(0);
  const opened = withWindow(new ManualBridge(), () => useReading<string>({
    subject: () => subject.value,
    changes: () => change.value,
    read: () => {
      asked.push(subject.value);
      return new Promise((resolve) => answers.push(resolve));
    },
  }));
  unmount = opened.unmount;
  return { subject, change, ...opened.result };
}

async function answer(value: string): Promise<void> {
  answers.shift()?.({ ok: true, value });
  await vi.advanceTimersByTimeAsync(0);
}

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  answers = [];
});
afterEach(() => {
  unmount();
  vi.useRealTimers();
});

describe('reading while it changes', () => {
  it('asks once more after many changes, not once for each', async () => {
    const { change, value } = reading();
    for (let count = 0; count < 5; count++) {
      change.value += 1;
      await nextTick();
    }
    expect(asked).toHaveLength(1);
    await answer('first');
    expect(value.value).toBe('first');
    await vi.runOnlyPendingTimersAsync();
    expect(asked).toHaveLength(2);
    await answer('second');
    await vi.runAllTimersAsync();
    expect(asked).toHaveLength(2);
    expect(value.value).toBe('second');
  });

  it('throws away the answer for what is no longer asked', async () => {
    const { subject, value } = reading();
    subject.value = 'n2';
    await nextTick();
    await answer('of n1');
    expect(value.value).toBeNull();
    await vi.runOnlyPendingTimersAsync();
    expect(asked).toEqual(['n1', 'n2']);
    await answer('of n2');
    expect(value.value).toBe('of n2');
  });

  it('does not wait out the pause when the subject changes', async () => {
    const { subject } = reading();
    await answer('of n1');
    subject.value = 'n2';
    await nextTick();
    await vi.advanceTimersByTimeAsync(0);
    expect(asked).toEqual(['n1', 'n2']);
  });

  it('keeps the last value beside an error', async () => {
    const { change, value, error } = reading();
    await answer('good');
    change.value += 1;
    await nextTick();
    await vi.runOnlyPendingTimersAsync();
    answers.shift()?.({ ok: false, error: { code: 'busy', message: 'busy' } });
    await vi.advanceTimersByTimeAsync(0);
    expect(value.value).toBe('good');
    expect(error.value?.code).toBe('busy');
  });
});

describe('what says that a file may have changed', () => {
  it.each([
    ['an entry', { lastIndex: 4 }], ['a vote', { votedFor: 2 }], ['a compaction', { firstIndex: 3 }],
    ['a snapshot', { snapshotIndex: 2 }],
  ])('%s does', (_what, change) => {
    expect(writtenState(nodeView(1, change))).not.toBe(writtenState(nodeView(1)));
  });
});
