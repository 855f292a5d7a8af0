/** A client's command that this node has received and not answered yet. */
import type { KvAnswer, ReadKind } from '../../contract/answers.ts';
import type { LabErrorData } from '../../contract/errors.ts';
import { describeCommand, isReadCommand } from '../../kv/index.ts';
import type { KvResult, ReadCommand } from '../../kv/index.ts';
import type { Index, NodeId, Term } from '../../raft/index.ts';
import type { KvRequest } from '../protocol.ts';
import type { EmitDetail } from '../trace/traceBuffer.ts';

/** What the requests need from their node. */
export interface ClientHost {
  readonly id: NodeId;
  /** Makes the request ids, registrations and read contexts of this boot differ from those of any other. */
  readonly boot: number;
  /** The most that keys and values may take together; registrations carry it into the log. Absent: they do not. */
  readonly dataBytesMax?: number | undefined;
  /** `n1 sees 2 of 5`: how many voters the node has heard from lately, itself included. */
  readonly visibility: () => { readonly seen: number; readonly voters: number };
  /** Whether reads may be answered from the leader's lease. */
  readonly allowsLeaseReads: () => boolean;
  /** Asks the core for a read index (raft/node.ts); false: the answer cannot come. */
  readonly readIndex: (context: Uint8Array, needsRound: boolean) => boolean;
  /** The answer to a read from what is applied so far, and the index of the last applied entry. */
  readonly read: (command: ReadCommand) => { readonly result: KvResult; readonly index: Index };
  /** The term of an applied entry; 0 where it is not known. */
  readonly termAt: (index: Index) => Term;
  readonly emitDetail: EmitDetail;
  readonly answer: (requestId: number, answer: KvAnswer) => void;
  readonly fail: (requestId: number, error: LabErrorData) => void;
}

export interface PendingRequest {
  readonly requestId: number;
  /** Its id in the trace, unique in the lab. */
  readonly traceId: string;
  readonly request: KvRequest;
  readonly askedAtMs: number;
  readonly deadline: NodeJS.Timeout;
}

/** A request in the console's words: `get colour`, `get colour stale`. ReadIndex, the default, is left out. */
export function textOf(request: KvRequest): string {
  const kind = readKindOf(request);
  const text = describeCommand(request.command);
  return kind === undefined || kind === 'read-index' ? text : `${text} ${kind}`;
}

/** The kind of read; undefined for a request that changes something. */
export function readKindOf({ command, read }: KvRequest): ReadKind | undefined {
  return isReadCommand(command) ? read ?? 'read-index' : undefined;
}
