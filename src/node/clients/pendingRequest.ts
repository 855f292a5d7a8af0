/** A client's command that this node has been asked and has not answered yet. */
import type { KvAnswer, ReadKind } from '../../contract/answers.ts';
import type { LabErrorData } from '../../contract/errors.ts';
import { describeCommand, isReadCommand } from '../../kv/index.ts';
import type { KvResult, ReadCommand } from '../../kv/index.ts';
import type { Index, NodeId, Term } from '../../raft/index.ts';
import type { KvRequest } from '../protocol.ts';
import type { EmitDetail } from '../trace/traceBuffer.ts';

/** What the requests need from the node that they are asked on. */
export interface ClientHost {
  readonly id: NodeId;
  /** Makes request ids, registrations and read contexts of this boot unlike those of any other. */
  readonly boot: number;
  /** What keys and values together may take: registrations bring it into the log. Absent: they do not. */
  readonly dataBytesMax?: number | undefined;
  /** `n1 sees 2 of 5`: how many voters the node has heard from lately, itself included. */
  readonly visibility: () => { readonly seen: number; readonly voters: number };
  /** Whether reads may be answered from the leader's lease. */
  readonly allowsLeaseReads: () => boolean;
  /** Asks the core for a read index (raft/node.ts); false: the answer cannot come. */
  readonly readIndex: (context: Uint8Array, needsRound: boolean) => boolean;
  /** The answer to a read from what is applied so far, and the last entry that is. */
  readonly read: (command: ReadCommand) => { readonly result: KvResult; readonly index: Index };
  /** The term of an applied entry; 0 where it is not known. */
  readonly termAt: (index: Index) => Term;
  readonly emitDetail: EmitDetail;
  readonly answer: (requestId: number, answer: KvAnswer) => void;
  readonly fail: (requestId: number, error: LabErrorData) => void;
}

export interface PendingRequest {
  readonly requestId: number;
  /** In the trace: unique in the lab. */
  readonly traceId: string;
  readonly request: KvRequest;
  readonly askedAtMs: number;
  readonly deadline: NodeJS.Timeout;
}

/** A request in the console's words: `get colour`, `get colour stale`. ReadIndex, the default, goes without saying. */
export function textOf(request: KvRequest): string {
  const kind = readKindOf(request);
  const text = describeCommand(request.command);
  return kind === undefined || kind === 'read-index' ? text : `${text} ${kind}`;
}

/** How a request is read; undefined for one that changes something. */
export function readKindOf({ command, read }: KvRequest): ReadKind | undefined {
  return isReadCommand(command) ? read ?? 'read-index' : undefined;
}
