/** What the charts draw: samples of nodes, rates between them, and lines with gaps. */
import { describe, expect, it } from 'vitest';
import { linePath, scaleFor, summaryOf } from '../../../src/renderer/charts/chartShape.ts';
import { SampleBook, SAMPLES_MAX } from '../../../src/renderer/charts/samples.ts';
import type { NodeView } from '../../../src/trace/view.ts';
import { nodeView } from '../stage/support.ts';

const counting = (sent: number, changes: Partial<NodeView> = {}): NodeView =>
  nodeView(1, { counters: { ...nodeView(1).counters, sent }, ...changes });

function bookOf(...nodes: readonly NodeView[]): SampleBook {
  const book = new SampleBook();
  for (const [second, node] of nodes.entries()) book.take([node], second * 1000);
  return book;
}

describe('samples', () => {
  it('give the growth a second, and nothing where the node did not run or began anew', () => {
    const book = bookOf(
      counting(10), counting(14), counting(20), counting(20, { life: 'crashed' }),
      counting(3, { boot: 2 }), counting(8, { boot: 2 }),
    );
    expect(book.rates('n1', 'sent')).toEqual([4, 6, null, null, 5]);
    expect(book.rates('n9', 'sent')).toEqual([]);
  });

  it('are divided by the time that has really passed', () => {
    const book = new SampleBook();
    book.take([counting(0)], 0);
    book.take([counting(10)], 2500);
    expect(book.rates('n1', 'sent')).toEqual([4]);
  });

  it('tell how long transactions took, where there were any', () => {
    const wrote = (transactions: number, lastDurationMs: number) =>
      counting(0, { disk: { transactions, entries: 0, bytes: 0, lastDurationMs } });
    expect(bookOf(wrote(1, 2), wrote(2, 3.5), wrote(2, 3.5)).transactionMs('n1')).toEqual([3.5, null]);
  });

  it('are bounded, and a node that comes later has gaps where the others have a past', () => {
    const book = new SampleBook();
    for (let second = 0; second < SAMPLES_MAX + 10; second++) book.take([counting(second)], second * 1000);
    book.take([counting(SAMPLES_MAX + 10), nodeView(2)], (SAMPLES_MAX + 10) * 1000);
    expect(book.rates('n1', 'sent')).toHaveLength(SAMPLES_MAX - 1);
    expect(book.rates('n2', 'sent')).toHaveLength(SAMPLES_MAX - 1);
    expect(new Set(book.rates('n2', 'sent'))).toEqual(new Set([null]));
  });
});

describe('a line', () => {
  it('has a scale that people can read', () => {
    const scales = [0.013, 1, 3, 18.2, 70, 0].map((highest) => scaleFor([[0, highest]]));
    expect(scales).toEqual([0.02, 1, 5, 20, 100, 1]);
  });

  it('ends at the right, with gaps, and a point for a value that stands alone', () => {
    expect(linePath([0, 10, null, 5], 10, 5)).toBe('M250.0 100.0L500.0 0.0M1000.0 50.0h.1');
  });

  it('is told in numbers too', () => {
    expect(summaryOf([2, null, 4])).toEqual({ newest: 4, mean: 3, highest: 4 });
    expect(summaryOf([2, null])).toEqual({ newest: null, mean: 2, highest: 2 });
    expect(summaryOf([null])).toBeNull();
  });
});
