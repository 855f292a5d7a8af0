/** The trace events of which a sample may be enough, and how they are reported. */
import type { Circumstances } from '../../trace/events.ts';
import type { NodeTraceBody } from '../protocol.ts';

/** Events of every request and every message: for a busy node, a sample says as much as all of them. */
const DETAILS = [
  'messageSent', 'messageReceived', 'messageDropped', 'clientAsked', 'clientForwarded', 'clientAnswered',
  'clientWaits', 'clientDecided', 'entriesAppended', 'persisted', 'commitAdvanced', 'applied', 'progressChanged',
  'electionTimerReset', 'electionTimerStarted',
] as const satisfies readonly NodeTraceBody['type'][];

export type DetailType = (typeof DETAILS)[number];
export type DetailOf<Type extends DetailType> = NodeTraceBody & Circumstances & { readonly type: Type };

export const DETAIL_TYPES: ReadonlySet<string> = new Set(DETAILS);

/** Takes a detail that is costly to make: it is made only when it is reported. */
export type EmitDetail = <Type extends DetailType>(type: Type, make: () => DetailOf<Type>) => void;
