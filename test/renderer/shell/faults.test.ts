import { describe, expect, it } from 'vitest';
import { summariseFaults } from '../../../src/renderer/shell/faults.ts';
import type { LinkFaults } from '../../../src/trace/events.ts';
import type { NodeName } from '../../../src/trace/names.ts';
import { clusterView, cutBetween, setFaults } from '../stage/support.ts';

function cluster(...faulty: [NodeName, NodeName, Partial<LinkFaults>][]) {
  const view = clusterView(3);
  for (const [from, to, faults] of faulty) setFaults(view, from, to, faults);
  return view;
}

describe('the faults chip', () => {
  it('is absent when zero means zero', () => {
    expect(summariseFaults(null).text).toBe('');
    expect(summariseFaults(cluster()).text).toBe('');
  });

  it('counts a link once, whether it is cut one way or both', () => {
    const summary = summariseFaults(cluster(['n1', 'n2', { down: true }], ['n2', 'n1', { down: true }],
      ['n1', 'n3', { down: true }]));
    expect(summary).toMatchObject({ text: '2 links cut', healable: true });
  });

  it('does not count the links that a partition explains', () => {
    const view = cluster(['n2', 'n3', { down: true }]);
    cutBetween(view, [['n1'], ['n2', 'n3']]);
    expect(summariseFaults(view)).toMatchObject({ text: '1 partition · 1 link cut', healable: true });
  });

  it('takes links that part the nodes for a partition, however they were cut', () => {
    const view = clusterView(2);
    cutBetween(view, [['n1'], ['n2']]);
    expect(summariseFaults(view).text).toBe('1 partition');
  });

  it('counts nothing of a node that was removed', () => {
    const view = clusterView(4);
    cutBetween(view, [['n1', 'n2'], ['n3', 'n4']]);
    setFaults(view, 'n1', 'n2', { lossPercent: 10 });
    Reflect.deleteProperty(view.nodes, 'n1');
    Reflect.deleteProperty(view.nodes, 'n2');
    expect(summariseFaults(view)).toMatchObject({ text: '', healable: false, impairedLinks: 0 });
  });

  it('knows that healing leaves loss and delay', () => {
    expect(summariseFaults(cluster(['n1', 'n2', { lossPercent: 10 }])))
      .toMatchObject({ text: '1 faulty link', healable: false, impairedLinks: 1 });
  });
});
