/**
 * No server refuses as malformed what another one has sent, and none finds a snapshot damaged: the simulated network
 * loses, doubles and delays, but changes no byte. So whatever does not fit was put together wrongly.
 */
import { type Property, SafetyViolation } from '../violation.ts';
import type { NodeTraceBody } from '../../server/protocol.ts';
import type { Check, ObservedServer } from './observer.ts';

const PROPERTY: Property = {
  name: 'Nothing is malformed',
  section: 'docs/wire.md',
  statement: 'servers understand what servers send',
};

export class NothingIsMalformed implements Check {
  onReport({ id }: ObservedServer, body: NodeTraceBody): void {
    const malformed = body.type === 'counters' ? body.counters.dropped.malformed ?? 0 : 0;
    if (malformed > 0) {
      throw new SafetyViolation(PROPERTY, [id], `${id} has refused ${malformed} messages as malformed`);
    }
    if (body.type === 'snapshotReceiving' && body.state === 'refused') {
      throw new SafetyViolation(
        PROPERTY, [id, body.from], `${id} has refused the snapshot at ${body.lastIncludedIndex} from ${body.from}`,
      );
    }
  }
}
