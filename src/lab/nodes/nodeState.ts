/** The states of a node, and why one that does not run cannot be asked. */
import { LabError } from '../../contract/errors.ts';
import type { NodeName } from '../../trace/names.ts';

export type NodeState = 'starting' | 'running' | 'paused' | 'crashed' | 'stopped' | 'failed' | 'away';

/**
 * @param failure why it has failed, when it has
 * @param machine the name of the machine that it runs on, when that is another one
 */
export function notRunningError(
  name: NodeName, state: NodeState, failure: string | undefined, machine: string | undefined,
): LabError {
  switch (state) {
    case 'starting':
      return new LabError('node-starting', `node ${name} is starting: ask again in a moment`);
    case 'paused':
      return new LabError('node-paused', `node ${name} is paused: resume it or ask another node`);
    case 'crashed':
      return new LabError('node-crashed', `node ${name} has crashed: restart it or ask another node`);
    case 'failed':
      return new LabError('node-failed', `node ${name} has failed (${failure ?? 'no reason known'})`);
    case 'away':
      return new LabError(
        'node-stopped', `node ${name} is on ${machine ?? 'a machine'}, which is not connected: ask another node`,
      );
    case 'running':
    case 'stopped':
      return new LabError('node-stopped', `node ${name} is stopped: restart it or ask another node`);
  }
}
