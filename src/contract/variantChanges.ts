/** Which changes of a lab's variant of Raft are refused, and why. The same for every kind of lab. */
import { isOn } from '../trace/variantWords.ts';
import type { RaftVariant } from '../trace/variant.ts';
import { LabError } from './errors.ts';

/** @throws {LabError} `refused` where a lab that runs one variant cannot change to another */
export function checkVariantChange(now: RaftVariant, wanted: RaftVariant, leaseReads: boolean): void {
  if (wanted.sessions !== now.sessions) {
    throw new LabError(
      'refused',
      `this lab ${isOn(now, 'sessions') ? 'has' : 'has no'} client sessions, and keeps it so: requests under way would `
      + 'be taken for other ones, and be lost or applied twice. Make a new lab for it',
    );
  }
  if (leaseReads && !mayHaveLeases(wanted)) {
    throw new LabError(
      'refused',
      'check-quorum must stay on while lease reads are allowed: without it another leader may be elected while a '
      + 'lease lasts (dissertation §6.4.1). `lease off` first',
    );
  }
}

/** @throws {LabError} `refused` where a lab that runs this variant cannot have lease reads */
export function checkLeaseReads(variant: RaftVariant): void {
  if (!mayHaveLeases(variant)) {
    throw new LabError(
      'refused',
      'lease reads need check-quorum, which is off in this lab: without it another leader may be elected while a lease '
      + 'lasts (dissertation §6.4.1). `variant raftlab` turns it on',
    );
  }
}

/** Whether lease reads may be allowed: they rest on followers that refuse votes (raft/lease.ts). */
export function mayHaveLeases({ checkQuorum, rulesOff }: RaftVariant): boolean {
  return checkQuorum || rulesOff.includes('leaseNeedsCheckQuorum');
}
