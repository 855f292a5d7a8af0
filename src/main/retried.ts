/** Something that is made once, and made again when making it failed. */

export class Retried<Value> {
  readonly #make: () => Promise<Value>;
  #latest: Promise<Value> | null = null;

  constructor(make: () => Promise<Value>) {
    this.#make = make;
  }

  /** The value, or the attempt that is under way; a new attempt when there was none yet or the last one failed. */
  get(): Promise<Value> {
    if (this.#latest !== null) return this.#latest;
    const attempt = this.#make();
    this.#latest = attempt;
    attempt.catch(() => {
      if (this.#latest === attempt) this.#latest = null;
    });
    return attempt;
  }

  /** What `get` last returned, unless it failed. */
  get latest(): Promise<Value> | null {
    return this.#latest;
  }
}
