/** The clock of a picture's animations: the page's, but it stands still while the time of a simulated lab is held. */
export class PictureClock {
  #stoodMs = 0;
  /** Where it stands; null while it goes. */
  #standsAtMs: number | null = null;

  /**
   * The picture's time at a moment of the page.
   * @param pageMs by the page's monotonic clock
   * @param stands whether it stands still from now on
   */
  at(pageMs: number, stands: boolean): number {
    if (stands) {
      this.#standsAtMs ??= pageMs - this.#stoodMs;
      return this.#standsAtMs;
    }
    if (this.#standsAtMs !== null) this.#stoodMs = pageMs - this.#standsAtMs;
    this.#standsAtMs = null;
    return pageMs - this.#stoodMs;
  }
}
