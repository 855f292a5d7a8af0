/** The lifecycle's words: why a lab has ended without a person's asking, and what a new one is called. */
import { LAB_NAME_MAX } from '../contract/commands.ts';
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

/** What a lab is called that continues another one, unless somebody says something else. */
export function continuedName(name: string): string {
  const ending = ', simulated';
  // By characters: half of one is refused in a name.
  return `${Array.from(name).slice(0, LAB_NAME_MAX - ending.length).join('').trim()}${ending}`;
}
