import { describe, expect, it } from 'vitest';
import { KNOWN_KEYS_MAX, KnownKeys } from '../../../src/renderer/console/knownKeys.ts';

describe('KnownKeys', () => {
  it('gives every key once, in alphabetical order', () => {
    const keys = new KnownKeys();
    for (const key of ['visits', 'colour', 'visits', '', 'Owner']) keys.add(key);
    expect(keys.sorted()).toEqual(['Owner', 'colour', 'visits']);
  });

  it('forgets deleted keys, and everything on clear', () => {
    const keys = new KnownKeys();
    keys.add('a');
    keys.add('b');
    keys.delete('a');
    expect(keys.sorted()).toEqual(['b']);
    keys.clear();
    expect(keys.sorted()).toEqual([]);
  });

  it('forgets the key seen longest ago when it is full', () => {
    const keys = new KnownKeys();
    for (let number = 0; number < KNOWN_KEYS_MAX; number += 1) keys.add(`k${number}`);
    keys.add('k0');
    keys.add('one more');
    const kept = keys.sorted();
    expect(kept).toHaveLength(KNOWN_KEYS_MAX);
    expect(kept).toContain('k0');
    expect(kept).not.toContain('k1');
  });
});
