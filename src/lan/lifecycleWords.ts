/** What a person is told when a lab ends without their asking. */
import { LabError } from '../contract/errors.ts';
import type { JoinedLab } from './guest/joinedLab.ts';

/** Tells a person that the lab has ended for this machine. @param reason the host's words */
export function farewellWords({ summary, ownNodes }: JoinedLab, reason: string): string {
  const ended = `This machine is no longer in “${summary.name}”: ${reason}.`;
  if (ownNodes.length === 0) return ended;
  const nodes = ownNodes.length === 1 ? 'node' : 'nodes';
  const have = ownNodes.length === 1 ? 'has' : 'have';
  return `${ended} Its ${nodes} ${ownNodes.join(', ')} ${have} stopped.`;
}

/** The service is ending. */
export function closingError(): LabError {
  return new LabError('no-open-lab', 'Raftlab is closing');
}
