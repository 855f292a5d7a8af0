/** The entry files of the worker threads, as the bundler wrote them. */
import { join } from 'node:path';

export const workerUrls = {
  node: join(import.meta.dirname, 'worker.js'),
  databaseReader: join(import.meta.dirname, 'databaseReader.js'),
} as const;
