/** A thread that opens a node's file, keeps it, and is terminated by the test. */
import { parentPort, workerData } from 'node:worker_threads';
import type { OpenDatabaseOptions } from '../../../src/node/storage/openDatabase.ts';
import { RaftStorage } from '../../../src/node/storage/raftStorage.ts';

const storage = RaftStorage.open(workerData as OpenDatabaseOptions);
parentPort?.postMessage('opened');
// Keeps the thread alive until it is terminated, and its file open: a storage that nobody refers to is closed.
parentPort?.on('message', () => storage.lastIndex());
