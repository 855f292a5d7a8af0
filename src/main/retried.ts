/** A value that is made once; if making it fails, the next request tries again. */

export class Retried<Value> {
  readonly #make: () => Promise<Value>;
  #latest: Promise<Value> | null = null;

  constructor(make: () => Promise<Value>) {
    this.#make = make;
  }

  /** The value, or the attempt in progress; a new attempt when there was none yet or the last one failed. */
  get(): Promise<Value> {
    if (this.#latest !== null) return this.#latest;
    const attempt = this.#make();
    this.#latest = attempt;
    attempt.catch(() => {
      if (this.#latest === attempt) this.#latest = null;
    });
    return attempt;
  }

  /** The last result of `get`, unless it failed. */
  get latest(): Promise<Value> | null {
    return this.#latest;
  }
}
