// The rooms of src/ and the walls between them: what each may import. docs/architecture.md shows the same as a picture.

/**
 * @typedef {object} Room
 * @property {readonly string[]} rooms other rooms it may import from
 * @property {readonly string[] | 'any'} packages npm packages it may import
 * @property {readonly string[] | 'any'} builtins Node's own modules it may import, without `node:`
 */

const PURE_ROOMS = ['raft', 'cbor', 'kv', 'wire', 'trace', 'contract', 'scenario', 'server', 'membership',
  'history', 'sim'];
const WINDOW_PACKAGES = [
  'vue',
  'pinia',
  'reka-ui',
  '@vueuse/core',
  '@tanstack/vue-virtual',
  'uqr',
  'uplot',
  'zod',
  '@fontsource-variable/inter',
  '@fontsource-variable/jetbrains-mono',
];

/** @type {Readonly<Record<string, Room>>} */
export const ROOMS = {
  raft: { rooms: [], packages: [], builtins: [] },
  cbor: { rooms: [], packages: ['cbor-x'], builtins: [] },
  kv: { rooms: ['raft', 'cbor'], packages: ['zod'], builtins: [] },
  wire: { rooms: ['raft', 'cbor'], packages: ['zod'], builtins: ['crypto', 'zlib'] },
  trace: { rooms: ['raft', 'kv'], packages: ['zod'], builtins: [] },
  contract: { rooms: ['trace', 'kv', 'raft'], packages: ['zod'], builtins: [] },
  // What clients saw and whether it fits together; recordings and their files; why things happened.
  history: { rooms: ['contract', 'trace', 'kv', 'raft'], packages: ['zod'], builtins: [] },
  scenario: { rooms: ['contract', 'trace'], packages: [], builtins: [] },
  server: { rooms: ['raft', 'kv', 'wire', 'trace', 'contract'], packages: [], builtins: [] },
  // Who is to be a member of a lab's cluster: wishes, the plan of steps, refusals.
  membership: { rooms: ['server', 'raft', 'trace', 'contract'], packages: [], builtins: [] },
  sim: {
    rooms: ['history', 'membership', 'server', 'raft', 'cbor', 'kv', 'wire', 'trace', 'contract'],
    packages: ['zod'],
    builtins: [],
  },
  // Doors for other people's programs: TCP on one side, a node on the other.
  gateway: {
    rooms: ['server', 'raft', 'kv', 'trace', 'contract'],
    packages: [],
    builtins: 'any',
  },
  node: {
    rooms: ['gateway', 'server', 'raft', 'cbor', 'kv', 'wire', 'trace', 'contract'],
    packages: ['better-sqlite3', 'zod'],
    builtins: 'any',
  },
  lab: {
    rooms: ['node', 'server', 'membership', 'history', 'sim', 'raft', 'cbor', 'kv', 'wire', 'trace', 'contract'],
    packages: ['better-sqlite3', 'zod'],
    builtins: 'any',
  },
  lan: {
    rooms: ['lab', 'node', 'server', 'history', 'raft', 'cbor', 'kv', 'wire', 'trace', 'contract'],
    packages: ['zod'],
    builtins: 'any',
  },
  main: {
    // cli: what the packaged app runs with --headless.
    rooms: ['lan', 'lab', 'node', 'history', 'contract', 'trace', 'kv', 'raft', 'cli'],
    packages: ['electron', 'electron-log', 'zod'],
    builtins: 'any',
  },
  preload: { rooms: ['contract'], packages: ['electron'], builtins: [] },
  // sim: what the window shows in a browser, and in tests.
  renderer: { rooms: ['contract', 'trace', 'history', 'scenario', 'sim'], packages: WINDOW_PACKAGES, builtins: [] },
  cli: {
    rooms: [
      'lan', 'lab', 'node', 'server', 'history', 'sim', 'scenario', 'raft', 'cbor', 'kv', 'wire', 'trace', 'contract',
    ],
    packages: ['better-sqlite3', 'zod'],
    builtins: 'any',
  },
};

/** Rooms without clock, chance or effects: the same inputs always give the same outputs. */
export const PURE_ROOM_FILES = PURE_ROOMS.map((room) => `src/${room}/**/*.ts`);

/** Rooms without promises as well: whatever they are asked, they answer before they return. */
export const SYNCHRONOUS_ROOM_FILES = ['raft', 'kv', 'server', 'membership'].map((room) => `src/${room}/**/*.ts`);
