/** The progress of a run of many seeds, shown on a terminal's last line or, elsewhere, in a line from time to time. */
import type { WriteStream } from 'node:tty';
import type { SeedReport } from './seedReport.ts';

const REDRAW_EVERY_MS = 200;
const LINE_EVERY_MS = 5000;
/** Goes to the start of the line and clears it (ECMA-48). */
const CLEAR_LINE = '\r\u001b[K';

export class Progress {
  readonly #seedCount: number;
  readonly #out: WriteStream;
  readonly #startedAtMs = performance.now();
  #done = 0;
  #failed = 0;
  #operations = 0;
  #toldAtMs = -Infinity;

  constructor(seedCount: number, out: WriteStream) {
    this.#seedCount = seedCount;
    this.#out = out;
  }

  note({ violation, operations }: SeedReport): void {
    this.#done += 1;
    this.#failed += violation === undefined ? 0 : 1;
    this.#operations += operations;
    this.#tell();
  }

  /** Clears the terminal's line. */
  end(): void {
    if (this.#out.isTTY) {
      this.#out.write(CLEAR_LINE);
    }
  }

  #tell(): void {
    const nowMs = performance.now();
    const isDue = nowMs - this.#toldAtMs >= (this.#out.isTTY ? REDRAW_EVERY_MS : LINE_EVERY_MS);
    if (isDue && this.#seedCount > 1) {
      this.#toldAtMs = nowMs;
      this.#out.write(this.#out.isTTY ? `${CLEAR_LINE}${this.#text()}` : `${this.#text()}\n`);
    }
  }

  #text(): string {
    const elapsedS = (performance.now() - this.#startedAtMs) / 1000;
    const leftS = Math.ceil((elapsedS / this.#done) * (this.#seedCount - this.#done));
    return (
      `${this.#done} of ${this.#seedCount} seeds, ${this.#failed} failed, ${this.#operations} operations answered, ` +
      `about ${leftS} s left`
    );
  }
}
