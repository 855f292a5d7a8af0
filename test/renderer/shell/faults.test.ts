import { describe, expect, it } from 'vitest';
import { summariseFaults } from '../../../src/renderer/shell/faults.ts';
import { NO_FAULTS } from '../../../src/trace/events.ts';
import type { LinkFaults } from '../../../src/trace/events.ts';
import type { NodeName } from '../../../src/trace/names.ts';
import type { LinkView } from '../../../src/trace/view.ts';

function links(...entries: [NodeName, NodeName, Partial<LinkFaults>][]): Record<string, LinkView> {
  return Object.fromEntries(entries.map(([from, to, faults]) =>
    [`${from}>${to}`, { from, to, faults: { ...NO_FAULTS, ...faults } }]));
}

describe('the faults chip', () => {
  it('is absent when zero means zero', () => {
    expect(summariseFaults(null).text).toBe('');
    expect(summariseFaults({ links: {}, partition: null }).text).toBe('');
  });

  it('counts a link once, whether it is cut one way or both', () => {
    const summary = summariseFaults({
      partition: null,
      links: links(['n1', 'n2', { down: true }], ['n2', 'n1', { down: true }], ['n1', 'n3', { down: true }]),
    });
    expect(summary.text).toBe('2 links cut');
    expect(summary.healable).toBe(true);
  });

  it('does not count the links that a partition explains', () => {
    const partition: NodeName[][] = [['n1'], ['n2', 'n3']];
    const cuts = links(['n1', 'n2', { down: true }], ['n2', 'n1', { down: true }], ['n2', 'n3', { down: true }]);
    expect(summariseFaults({ partition, links: cuts }).text).toBe('1 partition · 1 link cut');
  });

  it('knows that healing leaves loss and delay', () => {
    const summary = summariseFaults({ partition: null, links: links(['n1', 'n2', { lossPercent: 10 }]) });
    expect(summary).toMatchObject({ text: '1 faulty link', healable: false, impairedLinks: 1 });
  });
});
