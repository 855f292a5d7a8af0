// The suites. Which one a test belongs to follows from its folder alone.
import { availableParallelism } from 'node:os';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';
import { NOT_UNDER_WINE } from './test/windows/support/notUnderWine.ts';
import { windowsPool } from './test/windows/support/windowsPool.ts';

/** No test judges a time: the limit only ends what hangs, also on a slow machine that has other work. */
const HUNG_AFTER_MS = 300_000;

/** More than there are cores: real nodes wait for timers, disks and each other for much of their time. */
const WAITING_WORKERS = Math.ceil(availableParallelism() * 1.5);

/** Pure code and small modules, in Node; many run side by side. */
const UNIT_FOLDERS = 'raft,kv,wire,trace,contract,server,membership,history,sim,scenario,gateway,main,cli,scripts,lint,'
  + 'oracle,docs';

export default defineConfig({
  test: {
    allowOnly: false,
    passWithNoTests: false,
    // All cores: vitest would leave one of them idle.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          include: [`test/{${UNIT_FOLDERS}}/**/*.test.ts`],
          environment: 'node',
          testTimeout: HUNG_AFTER_MS,
          hookTimeout: HUNG_AFTER_MS,
        },
      },
      {
        plugins: [vue()],
        test: {
          name: 'component',
          include: ['test/renderer/**/*.test.ts'],
          environment: 'happy-dom',
          // A context for each file in threads that stay: making the environment anew takes as long as the tests.
          pool: 'vmThreads',
          setupFiles: ['test/componentGlobals.ts'],
          testTimeout: HUNG_AFTER_MS,
          hookTimeout: HUNG_AFTER_MS,
          // The contrast test reads the colours themselves; every other style sheet is left out.
          css: { include: [/tokens\.css/] },
        },
      },
      {
        // Real sockets, threads and SQLite files: a process for each file, so that a native fault names its test.
        test: {
          name: 'integration',
          include: ['test/{node,lab,lan}/**/*.test.ts'],
          environment: 'node',
          globalSetup: ['test/lab/builtApp.ts'],
          pool: 'forks',
          maxWorkers: WAITING_WORKERS,
          testTimeout: HUNG_AFTER_MS,
          hookTimeout: HUNG_AFTER_MS,
        },
      },
      {
        // Node for Windows: on Windows, or under Wine.
        test: {
          name: 'windows',
          include: ['test/windows/**/*.test.ts'],
          environment: 'node',
          globalSetup: ['test/windows/support/checkout.ts'],
          pool: 'forks',
          maxWorkers: WAITING_WORKERS,
          testTimeout: HUNG_AFTER_MS,
          hookTimeout: HUNG_AFTER_MS,
        },
      },
      {
        // The tests of nodes and labs, in Node for Windows under Wine: one Node for many files, because it starts
        // slowly, and Node's own type stripping, because files are imported there and not by Vite.
        test: {
          name: 'windows-suites',
          include: ['test/{node,lab}/**/*.test.ts'],
          exclude: Object.keys(NOT_UNDER_WINE),
          environment: 'node',
          globalSetup: ['test/windows/support/checkout.ts'],
          pool: windowsPool,
          isolate: false,
          maxWorkers: WAITING_WORKERS,
          experimental: { viteModuleRunner: false, nodeLoader: false },
          testTimeout: HUNG_AFTER_MS,
          hookTimeout: HUNG_AFTER_MS,
        },
      },
      {
        // A real Electron window; one at a time, because they share a display and the machine's attention.
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          environment: 'node',
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        // What people install: the packaged app and the .deb. The window's walls are tried again, in the packaged app.
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts', 'test/e2e/{security,headless}.test.ts'],
          environment: 'node',
          env: { RAFTLAB_TESTED_APP: 'packaged' },
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
