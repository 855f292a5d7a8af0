/** The time of the open lab as the terminal knows it: virtual in a simulated lab, none in a live one. */
import { secondsText } from '../../trace/timeWords.ts';
import type { TimeStatus } from '../../contract/time.ts';
import type { LabService } from '../../lab/service.ts';

export class LabTime {
  readonly #service: LabService;
  #status: TimeStatus | null = null;

  private constructor(service: LabService) {
    this.#service = service;
  }

  static async attach(service: LabService): Promise<LabTime> {
    const time = new LabTime(service);
    service.onTime((status) => {
      time.#status = status;
    });
    service.onLabChanged(() => void time.refresh());
    await time.refresh();
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
    this.#status = await this.#service.execute('time:status', {}).catch(() => null);
  }

  /** Holds the time of a simulated lab. */
  async hold(): Promise<void> {
    if (this.#status !== null) this.#status = await this.#service.execute('time:hold', {});
  }
}
