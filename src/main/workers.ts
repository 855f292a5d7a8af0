/** The entry files of the worker threads, as the bundler wrote them. */
import databaseReader from '../lab/disk/databaseReaderWorker.ts?modulePath';
import recording from '../lab/recording/recordingWorker.ts?modulePath';
import simulation from '../lab/simulated/simulationWorker.ts?modulePath';
import node from '../node/worker.ts?modulePath';

export const workerUrls = { node, databaseReader, recording, simulation } as const;
