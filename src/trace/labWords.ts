/** What a person did to the lab, in words. */
import type { Clauses } from './clauses.ts';
import { doorWords } from './doorWords.ts';
import { holdsNothing } from './events.ts';
import type { Hold, LabEvent, LinkFaults } from './events.ts';
import { isRaftlabs, RAFTLAB_VARIANT, withoutRules } from './variant.ts';
import { variantWords } from './variantWords.ts';

const ORDINALS = new Intl.PluralRules('en', { type: 'ordinal' });

export function describeLabEvent(event: LabEvent): Clauses {
  switch (event.type) {
    case 'labOpened':
      return [`opened “${event.name}”: ${event.nodes.join(' ')}`, openedDetail(event)];
    case 'labClosed':
      return ['closed'];
    case 'labRenamed':
      return [`renamed to “${event.name}”`];
    case 'paceChanged':
      return [`the pace is ${event.pace}`];
    case 'leaseReadsChanged':
      return [`lease reads turned ${event.enabled ? 'on' : 'off'}`, 'dissertation §6.4.1'];
    case 'doorChanged':
      return [doorWords(event.door)];
    case 'variantChanged':
      return [`all nodes run ${variantWords(event.variant)} from now on`, unsafeWords(event.variant.rulesOff)];
    case 'nodeAdded':
      return [`node ${event.name} was added`, 'not yet a member of the configuration'];
    case 'nodeRemoved':
      return [`node ${event.name} was removed`, 'stopped, its file deleted'];
    case 'machineJoined':
      return [`${event.machine} joined`, event.role];
    case 'machineLeft':
      return [`${event.machine} disconnected`, event.reason];
    case 'hostMoved':
      return ['moved to another address', 'the host’s address has changed; the other machines connect again'];
    case 'wrongCode':
      return [`refused a wrong join code (${ordinal(event.tries)} try)`];
    case 'linkChanged':
      return [`link ${event.from} → ${event.to}: ${describeFaults(event.faults)}`];
    case 'partitioned':
      return [`partition ${event.groups.map((group) => group.join(' ')).join(' | ')}`];
    case 'healed':
      return ['healed: all cut links are joined'];
    case 'safetyViolated':
      return [`${event.check} is violated: ${event.message}`, event.section];
  }
}

/** `1st`, `2nd`, `3rd`, `11th`. */
function ordinal(count: number): string {
  const suffixes: Partial<Record<Intl.LDMLPluralRule, string>> = { one: 'st', two: 'nd', few: 'rd' };
  return `${count}${suffixes[ORDINALS.select(count)] ?? 'th'}`;
}

function openedDetail(event: LabEvent & { type: 'labOpened' }): string {
  const { pace, variant = RAFTLAB_VARIANT, rulesOff = variant.rulesOff } = event;
  const name = isRaftlabs(withoutRules(variant, [])) ? '' : variantWords(withoutRules(variant, []));
  return [`pace ${pace}`, name, unsafeWords(rulesOff)].filter(Boolean).join(' · ');
}

function unsafeWords(rulesOff: readonly string[]): string {
  return rulesOff.length === 0 ? '' : `unsafe: without ${rulesOff.join(', ')}`;
}

/** A link's faults in words: `cut`, `10 % lost, 50 ± 10 ms late`, `whole`. */
export function describeFaults(faults: LinkFaults): string {
  const parts: string[] = [];
  if (!holdsNothing(faults.hold)) parts.push(describeHold(faults.hold));
  if (faults.down) return ['cut', ...parts].join(', ');
  if (faults.lossPercent > 0) parts.push(`${faults.lossPercent} % lost`);
  if (faults.delayMs > 0 || faults.jitterMs > 0) {
    parts.push(`${faults.delayMs}${faults.jitterMs > 0 ? ` ± ${faults.jitterMs}` : ''} ms late`);
  }
  if (faults.duplicatePercent > 0) parts.push(`${faults.duplicatePercent} % twice`);
  if (faults.reorderPercent > 0) parts.push(`${faults.reorderPercent} % out of order`);
  return parts.join(', ') || 'whole';
}

/** What is held, in words: `everything held`, `AppendEntries held`. */
export function describeHold(hold: Hold): string {
  if (holdsNothing(hold)) return 'nothing held';
  return `${typeof hold === 'string' ? hold : hold.join(' and ')} held`;
}
