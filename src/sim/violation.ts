/** What a run ends with when something that Raft guarantees did not hold. */

/** A safety property was broken. `property` is its name in Raft Figure 3 or in the file of the check. */
export class SafetyViolation extends Error {
  override readonly name = 'SafetyViolation';
  readonly property: string;

  constructor(property: string, message: string) {
    super(`${property}: ${message}`);
    this.property = property;
  }
}

/** The faults ended, but the cluster did not come back to work in time. */
export class LivenessViolation extends Error {
  override readonly name = 'LivenessViolation';
}
