/** The node's errors in the Redis protocol: a code in capitals that programs know, and what happened in words. */
import type { LabErrorData } from '../../contract/errors.ts';
import type { KvResult } from '../../kv/index.ts';
import type { Reply } from '../resp/replyWriter.ts';

/**
 * - UNCERTAIN is Raftlab's own: no code of Redis says that a command may take effect, now or later.
 * - CLUSTERDOWN: nothing took effect, and no leader was found. Clients of Redis Cluster wait and look for one.
 * - TRYAGAIN: the node took nothing, because it has enough to do. Clients of Redis Cluster ask again after a while;
 * BUSY would make some of them offer to kill a script.
 */
export function errorReply({ code, message }: LabErrorData): Reply {
  const text = `${codeOf(code)} ${message}`;
  return (writer) => writer.error(text);
}

function codeOf(code: LabErrorData['code']): string {
  switch (code) {
    case 'unknown-outcome':
      return 'UNCERTAIN';
    case 'no-leader':
    case 'node-starting':
    case 'node-crashed':
    case 'node-paused':
    case 'node-stopped':
    case 'node-failed':
      return 'CLUSTERDOWN';
    case 'busy':
      return 'TRYAGAIN';
    default:
      return 'ERR';
  }
}

/** The state machine's refusals, in Redis' own words where it has some. */
export function refusalReply({ code, message }: KvResult & { type: 'refused' }): Reply {
  const text = refusalText(code, message);
  return (writer) => writer.error(text);
}

function refusalText(code: (KvResult & { type: 'refused' })['code'], message: string): string {
  switch (code) {
    case 'not-a-number':
      return 'ERR value is not an integer or out of range';
    case 'number-too-large':
      return `ERR increment or decrement would overflow: ${message}`;
    case 'data-limit-reached':
      return `OOM ${message}`;
    case 'session-expired':
    case 'sequence-too-old':
      return `UNCERTAIN ${message}`;
    case 'malformed-entry':
      return `ERR ${message}`;
  }
}
