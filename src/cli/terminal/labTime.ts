/** The time of the open lab as the terminal knows it: virtual in a simulated lab, none in a live one. */
import { secondsText } from '../../trace/timeWords.ts';
import type { TimeStatus } from '../../contract/time.ts';
import type { LabService } from '../../lab/service.ts';

export class LabTime {
  readonly #service: LabService;
  #status: TimeStatus | null = null;
  #settled: () => void = () => undefined;

  private constructor(service: LabService) {
    this.#service = service;
  }

  /** A lab that is opened again goes to the moment at which it was left; any command would end that: it is awaited. */
  static async attach(service: LabService): Promise<LabTime> {
    const time = new LabTime(service);
    service.onTime((status) => time.#take(status));
    service.onLabChanged(() => void time.refresh());
    await time.refresh();
    if (time.#status?.state === 'seeking') {
      await new Promise<void>((resolve) => {
        time.#settled = resolve;
      });
    }
    return time;
  }

  /** Null in a live lab. */
  get status(): TimeStatus | null {
    return this.#status;
  }

  /** `simulated 14.200 s`, for a prompt; undefined in a live lab. */
  get words(): string | undefined {
    return this.#status === null ? undefined : `simulated ${secondsText(this.#status.atMs)}`;
  }

  /** Asks the lab, for whoever cannot wait until it tells. Without an open lab there is no time. */
  async refresh(): Promise<void> {
    this.#take(await this.#service.execute('time:status', {}).catch(() => null));
  }

  #take(status: TimeStatus | null): void {
    this.#status = status;
    if (status?.state !== 'seeking') this.#settled();
  }

  /** Holds the time of a simulated lab. */
  async hold(): Promise<void> {
    if (this.#status !== null) this.#status = await this.#service.execute('time:hold', {});
  }
}
