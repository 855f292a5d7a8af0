/** A client's command that this node has received and not answered yet. */
import type { ReadKind } from '../../contract/answers.ts';
import { describeCommand, isReadCommand } from '../../kv/index.ts';
import type { NodeId, RaftNode } from '../../raft/index.ts';
import type { DefaultRead, RaftVariant } from '../../trace/variant.ts';
import type { KvRequest } from '../protocol.ts';
import type { Applier } from '../turn/applier.ts';
import type { AnswerOutlet, Clock, Timer, Trace } from '../world.ts';

/** What the requests need from their node. */
export interface ClientHost {
  readonly id: NodeId;
  /** Makes the request ids, registrations and read contexts of this boot differ from those of any other. */
  readonly boot: number;
  /** The most that keys and values may take together; registrations carry it into the log. Absent: they do not. */
  readonly dataBytesMax?: number | undefined;
  /** How clients are served; `setDefaultRead` changes the reads while the node runs. */
  readonly variant: Pick<RaftVariant, 'sessions' | 'defaultRead'>;
  /** `n1 sees 2 of 5`: how many voters the node has heard from lately, itself included. */
  readonly visibility: () => { readonly seen: number; readonly voters: number };
  readonly clock: Clock;
  readonly raft: Pick<RaftNode, 'awaitsFirstProposal' | 'readIndex' | 'readOnly' | 'termAt'>;
  readonly applier: Pick<Applier, 'read'>;
  readonly trace: Trace;
  readonly answers: Pick<AnswerOutlet, 'post'>;
}

export interface PendingRequest {
  readonly requestId: number;
  /** Its id in the trace, unique in the lab. */
  readonly traceId: string;
  readonly request: KvRequest;
  readonly askedAtMs: number;
  /** The same moment as the trace tells it. */
  readonly askedTraceMs: number;
  /** When it, or what it needs first, left for the leader; undefined: it has not. */
  forwardedAtMs: number | undefined;
  readonly deadline: Timer;
}

/** A request in the console's words: `get colour`, `get colour stale`. ReadIndex, the default, is left out. */
export function textOf(request: KvRequest): string {
  const kind = readKindOf(request);
  const text = describeCommand(request.command);
  return kind === undefined || kind === 'read-index' ? text : `${text} ${kind}`;
}

/** The request with the kind of its read, if it is one. */
export function withReadKind(request: KvRequest, defaultRead: DefaultRead): KvRequest {
  return isReadCommand(request.command) ? { ...request, read: request.read ?? defaultRead } : request;
}

/** The kind of read; undefined for a request that changes something. */
export function readKindOf({ command, read }: KvRequest): ReadKind | undefined {
  return isReadCommand(command) ? read ?? 'read-index' : undefined;
}
