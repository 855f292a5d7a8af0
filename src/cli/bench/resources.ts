/** What the bench has opened and must not leave behind: nodes, threads, programs, temporary folders. */

export interface Closable {
  close(): Promise<void>;
}

export class Resources {
  readonly #open = new Set<Closable>();

  /** Runs `use` on something that was opened, and closes it afterwards, whether `use` succeeds or fails. */
  async using<Opened extends Closable, Result>(
    opening: Promise<Opened>, use: (opened: Opened) => Promise<Result>,
  ): Promise<Result> {
    const opened = await opening;
    this.#open.add(opened);
    try {
      return await use(opened);
    } finally {
      this.#open.delete(opened);
      await opened.close();
    }
  }

  /** Closes what is open now, when the bench is interrupted. */
  async closeAll(): Promise<void> {
    const open = [...this.#open].reverse();
    this.#open.clear();
    await Promise.all(open.map((opened) => opened.close()));
  }
}
