/** The entry of a node's worker thread: starts the node of `workerData` and passes messages between it and the lab. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { failureOf } from './failure.ts';
import { NodeRuntime } from './nodeRuntime.ts';
import { Outlet } from './outlet.ts';
import type { LabToNode, NodeConfiguration, NodeToLab } from './protocol.ts';
import { loadSqlite } from './storage/sqliteLoading.ts';
import { clockMs } from './clock.ts';

loadSqlite();

// Both ends of this channel are this program's own code, from one build, so the types of its messages are trusted.
const configuration = workerData as NodeConfiguration;

const outlet = new Outlet<NodeToLab>((messages) => {
  parentPort?.postMessage(messages);
  if (messages.some(({ type }) => type === 'stopped' || type === 'failed')) {
    // Nothing keeps the thread alive now; what was posted is delivered.
    parentPort?.close();
  }
});

function handleAll(runtime: NodeRuntime, messages: readonly LabToNode[]): void {
  for (const message of messages) {
    runtime.handle(message);
  }
}

function takeWaiting(runtime: NodeRuntime): void {
  if (parentPort === null) {
    return;
  }
  for (let next = receiveMessageOnPort(parentPort); next !== undefined; next = receiveMessageOnPort(parentPort)) {
    handleAll(runtime, next.message as readonly LabToNode[]);
  }
}

NodeRuntime.start(configuration, outlet, takeWaiting).then(
  (runtime) => {
    parentPort?.on('message', (messages: readonly LabToNode[]) => handleAll(runtime, messages));
  },
  (error: unknown) => {
    const failure = failureOf(error, configuration.name);
    outlet.post({
      type: 'events',
      events: [{ type: 'nodeFailed', code: failure.code, message: failure.message, atMs: clockMs() }],
      dropped: 0,
    });
    outlet.post({ type: 'failed', error: failure });
  },
);
