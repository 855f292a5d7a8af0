/** Arbitrary logs of key-value entries, few keys and clients, so that they meet. */
import fc from 'fast-check';
import type { KvCommand, KvEntry } from '../../src/kv/index.ts';

const key = fc.constantFrom('a', 'b', 'ab', 'colour', 'é', '😀', '\uffff');
const value = fc.oneof(fc.constantFrom('1', '-7', '0', 'red', ''), fc.string({ unit: 'grapheme', maxLength: 20 }));

export const anyCommand: fc.Arbitrary<KvCommand> = fc.oneof(
  fc.record({ op: fc.constant('get' as const), key }),
  fc.record({ op: fc.constant('put' as const), key, value }),
  fc.record({ op: fc.constant('delete' as const), key }),
  fc.record({ op: fc.constant('cas' as const), key, expected: fc.option(value), value }),
  fc.record({ op: fc.constant('incr' as const), key, by: fc.integer({ min: -5, max: 5 }) }),
  fc.record({
    op: fc.constant('list' as const), prefix: fc.constantFrom('', 'a'), limit: fc.integer({ min: 1, max: 5 }),
  }),
);

const client = fc.constantFrom('c1', 'c2');

export const anyEntry: fc.Arbitrary<KvEntry> = fc.oneof(
  { weight: 1, arbitrary: fc.record({
    kind: fc.constant('register' as const), client, request: fc.constantFrom('r1', 'r2', 'r3'),
  }) },
  { weight: 6, arbitrary: fc.record({
    kind: fc.constant('request' as const), client,
    session: fc.integer({ min: 1, max: 12 }),
    sequence: fc.integer({ min: 1, max: 12 }),
    acknowledgedBelow: fc.constantFrom(1, 1, 1, 2, 5),
    command: anyCommand,
  }).map((entry) => ({ ...entry, acknowledgedBelow: Math.min(entry.acknowledgedBelow, entry.sequence) })) },
);
