/**
 * Assertions that stay on in running code: an invariant that breaks stops the node instead of corrupting the cluster.
 */

/**
 * A property that the algorithm guarantees does not hold: a bug, a lost log, or a safety rule that was switched off.
 * The state of this node can no longer be trusted; its owner stops it and shows the message.
 */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
}

/**
 * Throws unless `condition` holds.
 * @param message what should have held, with the values; a function, so that the text is built only on failure
 * @throws {InvariantViolation}
 */
export function invariant(condition: boolean, message: () => string): asserts condition {
  if (!condition) {
    throw new InvariantViolation(message());
  }
}
