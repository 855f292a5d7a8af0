/** What a person did to the lab, in words. */
import type { LabEvent, LinkFaults } from './events.ts';
import type { Clauses } from './words.ts';

export function describeLabEvent(event: LabEvent): Clauses {
  switch (event.type) {
    case 'labOpened':
      return [`opened “${event.name}”: ${event.nodes.join(' ')}`, openedDetail(event)];
    case 'labClosed':
      return ['closed'];
    case 'paceChanged':
      return [`runs at the ${event.pace} pace`];
    case 'leaseReadsChanged':
      return [event.enabled ? 'allows lease reads' : 'allows no lease reads', 'dissertation §6.4.1'];
    case 'nodeAdded':
      return [`has a new node ${event.name}`, 'no member of the configuration yet'];
    case 'nodeRemoved':
      return [`has node ${event.name} no more`, 'stopped, its file deleted'];
    case 'machineJoined':
      return [`let in ${event.machine}`, event.role];
    case 'machineLeft':
      return [`has ${event.machine} no more`, event.reason];
    case 'hostMoved':
      return ['is at another address of the network', 'the host\'s machine got it; the other machines connect again'];
    case 'wrongCode':
      return [`refused somebody with a wrong code (${event.tries}. time)`, ''];
    case 'linkChanged':
      return [`link ${event.from} → ${event.to}: ${describeFaults(event.faults)}`];
    case 'partitioned':
      return [`partition ${event.groups.map((group) => group.join(' ')).join(' | ')}`];
    case 'healed':
      return ['partition and cut links healed'];
    case 'safetyViolated':
      return [`saw ${event.check} broken: ${event.message}`, event.section];
  }
}

function openedDetail({ pace, rulesOff = [] }: LabEvent & { type: 'labOpened' }): string {
  const unsafe = rulesOff.length === 0 ? '' : ` · unsafe: without ${rulesOff.join(', ')}`;
  return `pace ${pace}${unsafe}`;
}

/** A link's faults in words: `cut`, `10 % lost, 50 ± 10 ms late`, `whole`. */
export function describeFaults(faults: LinkFaults): string {
  if (faults.down) return 'cut';
  const parts: string[] = [];
  if (faults.lossPercent > 0) parts.push(`${faults.lossPercent} % lost`);
  if (faults.delayMs > 0 || faults.jitterMs > 0) {
    parts.push(`${faults.delayMs}${faults.jitterMs > 0 ? ` ± ${faults.jitterMs}` : ''} ms late`);
  }
  if (faults.duplicatePercent > 0) parts.push(`${faults.duplicatePercent} % twice`);
  if (faults.reorderPercent > 0) parts.push(`${faults.reorderPercent} % out of order`);
  return parts.join(', ') || 'whole';
}
