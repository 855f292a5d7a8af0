/**
 * Which files the worker threads run outside the bundled app: the bundles that the app ships.
 *
 * Never the sources, although Node runs TypeScript: it strips the types with a WebAssembly module, and each thread has
 * its own. Where threads come and go, as nodes do, V8 sometimes crashes in that module (nodejs/node#64500).
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LabServiceOptions } from '../lab/service.ts';

export type WorkerUrls = LabServiceOptions['workerUrls'];

/** Where the bundler puts what `?modulePath` names (src/main/workers.ts); the names end in a digest of the contents. */
const BUNDLES = fileURLToPath(new URL('../../out/main/chunks', import.meta.url));

/** Where scripts/bench.mjs bundles the memory probe: Electron does not run TypeScript. */
export const BUNDLED_MEMORY_PROBE = fileURLToPath(new URL('../../out/bench/memoryProbe.js', import.meta.url));

/** @throws {Error} when the app has not been built */
export function bundledWorkers(): WorkerUrls {
  return {
    node: bundle('worker'), databaseReader: bundle('databaseReaderWorker'), recording: bundle('recordingWorker'),
    simulation: bundle('simulationWorker'),
  };
}

function bundle(name: string): string {
  const pattern = new RegExp(`^${name}-[^.]+\\.js$`);
  const found = existsSync(BUNDLES) ? readdirSync(BUNDLES).filter((file) => pattern.test(file)) : [];
  const [file] = found;
  if (file === undefined || found.length > 1) {
    throw new Error(`out/ holds ${found.length} bundles of ${name}: run "npm run build"`);
  }
  return join(BUNDLES, file);
}
