/** The entry of a node's worker thread: starts the node of `workerData` and passes messages between it and the lab. */
import { parentPort, workerData } from 'node:worker_threads';
import { failureOf } from './failure.ts';
import { NodeRuntime } from './nodeRuntime.ts';
import type { LabToNode, NodeConfiguration, NodeToLab } from './protocol.ts';

// Both ends of this channel are this program's own code, from one build, so its messages are taken at their types.
const configuration = workerData as NodeConfiguration;

function post(message: NodeToLab): void {
  parentPort?.postMessage(message);
  if (message.type === 'stopped' || message.type === 'failed') {
    // Nothing keeps the thread alive now; what was posted is delivered.
    parentPort?.close();
  }
}

NodeRuntime.start(configuration, post).then(
  (runtime) => {
    parentPort?.on('message', (message: LabToNode) => runtime.handle(message));
  },
  (error: unknown) => {
    const failure = failureOf(error, configuration.name);
    post({
      type: 'events',
      events: [{ type: 'nodeFailed', code: failure.code, message: failure.message, atMs: Date.now() }],
      dropped: 0,
    });
    post({ type: 'failed', error: failure });
  },
);
