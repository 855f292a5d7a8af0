/** What a run ends with when something that Raft guarantees did not hold. */
import type { NodeId } from '../raft/index.ts';

/** Something that always holds, and where that is stated. */
export interface Property {
  readonly name: string;
  readonly section: string;
  /** What it says, as a clause. */
  readonly statement: string;
}

/** A safety property was broken. */
export class SafetyViolation extends Error {
  override readonly name = 'SafetyViolation';
  readonly property: Property;
  /** The servers that it is about. */
  readonly nodes: readonly NodeId[];

  constructor(property: Property, nodes: readonly NodeId[], message: string) {
    super(`${property.name} (${property.section}): ${message}`);
    this.property = property;
    this.nodes = nodes;
  }
}

/** The faults ended, but the cluster did not recover in time. */
export class LivenessViolation extends Error {
  override readonly name = 'LivenessViolation';
}
