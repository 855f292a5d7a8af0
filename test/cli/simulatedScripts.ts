/** Scripts for a simulated lab of three nodes at the fast pace, seed 7; test/fixtures/transcripts has their output. */
export const SCRIPTED_LAB = { name: 'Simulated, seed 7', nodeCount: 3, pace: 'fast', seed: 7 } as const;

export const SIMULATED_SCRIPTS = {
  writes: ['put colour red', 'get colour', 'incr visits', '@n2 get visits stale', 'run 1s', 'status'],
  crash: [
    'put colour red', 'crash leader', 'until somebody leads within 5s', '@leader put colour sea', 'restart all',
    'until two lead within 200ms', 'run', 'status',
  ],
  time: [
    'put colour red', 'step 3 message', 'back election', '@n2 put colour blue', 'branches', 'next', 'first 1',
    // A way of thousands of steps, with another leader far from its beginning.
    'run 20s', 'crash leader', 'run 20s', 'branch 0', 'status',
  ],
} as const;
