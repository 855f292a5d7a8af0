/** The bookkeeping of links' faults and partitions, and the events by which each change is told. */
import { expect, test } from 'vitest';
import { LabNetwork } from '../../src/server/net/labNetwork.ts';
import { NO_FAULTS } from '../../src/trace/events.ts';
import { faults } from '../trace/events.ts';

const three = () => new LabNetwork(['n1', 'n2', 'n3'], [], null);
const told = (from: string, to: string, some: Parameters<typeof faults>[0]) =>
  ({ type: 'linkChanged', from, to, faults: faults(some) });

test('each fault of a link is told when it changes, and only then', () => {
  const network = three();
  const kinds = [
    { down: true }, { lossPercent: 5 }, { delayMs: 5 }, { jitterMs: 5 }, { duplicatePercent: 5 }, { reorderPercent: 5 },
    { hold: 'everything' }, { hold: ['Heartbeat', 'AppendEntries'] },
  ] as const;
  for (const kind of kinds) {
    expect(network.set('n1', 'n2', false, faults(kind))).toEqual([told('n1', 'n2', kind)]);
    expect(network.set('n1', 'n2', false, faults(kind))).toEqual([]);
    expect(network.set('n1', 'n2', false, NO_FAULTS)).toEqual([told('n1', 'n2', {})]);
  }
  expect(network.set('n1', 'n2', true, faults({ down: true })))
    .toEqual([told('n1', 'n2', { down: true }), told('n2', 'n1', { down: true })]);
  expect(() => network.set('n1', 'n1', false, NO_FAULTS)).toThrow('n1 has no link to itself');
});

test('a partition cuts over what the links have, and healing leaves their loss and delay', () => {
  const network = three();
  network.set('n1', 'n2', false, faults({ lossPercent: 5, down: true }));
  expect(network.divide([['n1']])).toContainEqual(told('n3', 'n1', { down: true }));
  expect(network.partition).toEqual([['n1'], ['n2', 'n3']]);
  expect(network.faultsOf('n1', 'n2')).toEqual(faults({ lossPercent: 5, down: true }));
  expect(network.faultsOf('n2', 'n3')).toEqual(NO_FAULTS);
  expect(network.links).toHaveLength(1);
  expect(network.events()[0]).toEqual({ type: 'partitioned', groups: [['n1'], ['n2', 'n3']] });
  expect(network.heal()).toContainEqual(told('n1', 'n2', { lossPercent: 5 }));
  expect(network.partition).toBeNull();
  network.reset();
  expect(network.links).toEqual([]);
  expect(() => network.divide([['n1'], ['n1', 'n2']])).toThrow('n1 is named twice');
});

test('every link holds a kind at once, over its other faults, until it is told otherwise', () => {
  const network = three();
  network.set('n1', 'n2', false, faults({ delayMs: 5 }));
  expect(network.holdAll(['AppendEntries'])).toHaveLength(6);
  expect(network.faultsOf('n1', 'n2')).toEqual(faults({ delayMs: 5, hold: ['AppendEntries'] }));
  network.heal();
  expect(network.faultsOf('n3', 'n1')).toEqual(faults({ hold: ['AppendEntries'] }));
  network.holdAll('nothing');
  expect(network.links).toEqual([{ from: 'n1', to: 'n2', faults: faults({ delayMs: 5 }) }]);
});

test('a new node stands on the side of its leader; nothing of one that is gone stays', () => {
  const network = three();
  network.set('n2', 'n3', true, faults({ delayMs: 5 }));
  network.divide([['n1'], ['n2', 'n3']]);
  expect(network.addNode('n4', 'n2')[0]).toEqual({ type: 'partitioned', groups: [['n1'], ['n2', 'n3', 'n4']] });
  expect(network.faultsOf('n4', 'n1').down).toBe(true);
  expect(network.faultsOf('n4', 'n3').down).toBe(false);
  network.removeNode('n3');
  expect(network.links).toEqual([]);
  expect(network.partition).toEqual([['n1'], ['n2', 'n4']]);
  // Alone on its side: with it the partition goes.
  expect(network.removeNode('n1')).toEqual([]);
  expect(network.partition).toBeNull();
  expect(network.addNode('n5', undefined)).toEqual([]);
});

test('what is set on a link that a partition cuts does not keep the cut when the partition goes', () => {
  const network = three();
  network.set('n1', 'n3', false, faults({ down: true }));
  network.divide([['n1']]);
  for (const to of ['n2', 'n3'] as const) {
    network.set('n1', to, true, { ...network.faultsOf('n1', to), hold: 'everything' });
  }
  expect(network.faultsOf('n1', 'n2')).toEqual(faults({ down: true, hold: 'everything' }));
  network.divide([['n2', 'n1']]);
  expect(network.faultsOf('n1', 'n2')).toEqual(faults({ hold: 'everything' }));
  // Cut before, one by one: that stays.
  network.divide([['n2']]);
  expect(network.faultsOf('n1', 'n3')).toEqual(faults({ down: true, hold: 'everything' }));
  expect(network.faultsOf('n3', 'n1')).toEqual(faults({ hold: 'everything' }));
});
