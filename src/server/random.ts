/** Seeded random numbers: the same seed gives the same choices, so that a run can be understood afterwards. */

/** A source of numbers, uniform in [0, 1). */
export type Random = () => number;

/** The generator mulberry32 (Tommy Ettinger, public domain): 32 bits of state, good enough for timeouts and losses. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
