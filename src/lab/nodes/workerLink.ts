/** A node's thread on this machine: a worker, and the flag that pauses it. */
import { Outlet } from '../../node/outlet.ts';
import type { LabToNode, NodeConfiguration, NodeToLab } from '../../node/protocol.ts';
import type { LaunchNode, NodePlan } from './nodeLink.ts';
import { SqliteThread } from './sqliteThread.ts';

/**
 * The largest heap of a node; a larger one ends the node with a clear message, and not the app. 256 MiB of data
 * (kv/commands.ts) are up to 512 in UTF-16, and twice that while a leader's snapshot is loaded beside what it replaces.
 */
const HEAP_MIB_MAX = 1280;

/** @param directory the node's folder; it exists */
export function launchWorker(workerUrl: URL | string, plan: NodePlan, directory: string): LaunchNode {
  return (listener) => {
    const pauseFlag = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    const isPaused = new Int32Array(pauseFlag);
    const workerData: NodeConfiguration = { ...plan, directory, pauseFlag };
    const options = { workerData, name: plan.name, resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB_MAX } };
    const thread = new SqliteThread(workerUrl, options, {
      onMessage: (messages) => {
        // Both ends of this channel are this program's own code, from one build (node/worker.ts).
        for (const message of messages as readonly NodeToLab[]) {
          listener.onMessage(message);
        }
      },
      onExit: listener.onExit,
    });
    const outlet = new Outlet<LabToNode>((messages) => thread.post(messages));
    return {
      post: (message) => outlet.post(message),
      pause: () => {
        Atomics.store(isPaused, 0, 1);
        outlet.post({ type: 'pause' });
        return Promise.resolve();
      },
      resume: () => {
        Atomics.store(isPaused, 0, 0);
        Atomics.notify(isPaused, 0);
        return Promise.resolve();
      },
      terminate: () => {
        void thread.terminate();
        return Promise.resolve();
      },
    };
  };
}
