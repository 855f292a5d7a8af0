/** How many ticks a server has counted since it started. */
export class TickCount {
  #now = 0;

  get now(): number {
    return this.#now;
  }

  add(): void {
    this.#now += 1;
  }
}
