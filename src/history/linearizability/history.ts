/** What clients saw: their operations on a shared object, each with the time it was called and the time it returned. */

/** One operation of one client. Times are any numbers that grow; only their order counts. */
export interface Operation<Input, Output> {
  readonly client: string;
  readonly input: Input;
  /**
   * Undefined when the client never learnt the outcome: it may have taken effect at any time after the call, or never.
   */
  readonly output: Output | undefined;
  readonly calledAt: number;
  /** Infinity when the outcome is unknown. */
  readonly returnedAt: number;
}

/**
 * The sequential object that the operations should behave like. `step` must be pure: states are kept and compared,
 * never changed in place.
 */
export interface SequentialModel<State, Input, Output> {
  readonly initialState: State;
  /**
   * Applies one operation.
   * @param output what the client saw; undefined when it saw nothing, and then any outcome is legal
   * @returns the state afterwards, or undefined when an object in `state` could not have given that output
   */
  readonly step: (state: State, input: Input, output: Output | undefined) => State | undefined;
  readonly equalStates: (a: State, b: State) => boolean;
  /**
   * Operations on different partitions do not affect each other, so each partition is checked separately (Herlihy and
   * Wing: locality).
   */
  readonly partitionOf: (input: Input) => string;
}
