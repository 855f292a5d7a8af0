/** What a run ends with when something that Raft guarantees did not hold. */

/** A safety property was broken. `property` is its name, `section` where it is stated. */
export class SafetyViolation extends Error {
  override readonly name = 'SafetyViolation';
  readonly property: string;
  readonly section: string;

  constructor(property: string, section: string, message: string) {
    super(`${property} (${section}): ${message}`);
    this.property = property;
    this.section = section;
  }
}

/** The faults ended, but the cluster did not come back to work in time. */
export class LivenessViolation extends Error {
  override readonly name = 'LivenessViolation';
}
