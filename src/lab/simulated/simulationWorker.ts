/** The entry of a simulated lab's thread: lets its time go on beside the real one, and does its work piece by piece. */
import { parentPort, workerData } from 'node:worker_threads';
import type { CommandInput } from '../../contract/commands.ts';
import { LabError } from '../../contract/errors.ts';
import { SeedLab } from '../../sim/lab/seedLab.ts';
import { Timeline, type TimelineCommandName } from '../../sim/lab/timeline.ts';
import type { TraceEvent } from '../../trace/events.ts';
import type { FromSimulation, SimulationStart, ToSimulation } from './protocol.ts';

/** A frame at 60 Hz: nothing that shows the lab needs it more often. */
const FRAME_MS = 16;
/** The thread works so long before it looks for messages. */
const WORK_MS = 8;
/** What is kept is told at most so often. */
const RECORD_EVERY_MS = 500;

if (parentPort === null) throw new Error('this file is the entry of a worker thread');
const port = parentPort;

class SimulationThread {
  readonly #timeline: Timeline;
  #events: TraceEvent[] = [];
  #lastMs = performance.now();
  #isAwake = false;
  #recordTimer: NodeJS.Timeout | undefined;

  constructor({ record, beginning, tellsEveryEvent }: SimulationStart) {
    this.#timeline = new Timeline(record, {
      beginning,
      openSeed: (options, listener) => new SeedLab(options, listener),
      wallMs: () => performance.now(),
      tellsEveryEvent,
      listener: {
        onEvents: (events) => this.#events.push(...events),
        onMoved: () => {
          this.#events = [];
          tell({ type: 'moved' });
        },
        onTime: (time) => {
          // What happened until then comes first.
          this.#tellEvents();
          tell({ type: 'time', time });
        },
        onChanged: () => {
          this.#recordTimer ??= setTimeout(() => this.#tellRecord(), RECORD_EVERY_MS);
        },
      },
    });
    this.#wake();
  }

  receive(message: ToSimulation): void {
    switch (message.type) {
      case 'execute':
        void this.#execute(message.id, message.name, message.input as CommandInput<TimelineCommandName>);
        break;
      case 'rename':
        this.#timeline.rename(message.name);
        break;
      case 'close':
        this.#timeline.close();
        this.#tellRecord();
        port.close();
        return;
    }
    this.#wake();
  }

  async #execute<Name extends TimelineCommandName>(id: number, name: Name, input: CommandInput<Name>): Promise<void> {
    try {
      const answer = await this.#timeline.execute(name, input);
      this.#tellEvents();
      tell({ type: 'answer', id, answer });
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      tell({ type: 'refused', id, error: error.toData() });
    }
  }

  #wake(): void {
    if (this.#isAwake) return;
    this.#isAwake = true;
    this.#lastMs = performance.now();
    setImmediate(() => this.#pump());
  }

  #pump(): void {
    const now = performance.now();
    this.#timeline.passTime(now - this.#lastMs);
    this.#lastMs = now;
    const state = this.#timeline.work(WORK_MS);
    this.#tellEvents();
    switch (state) {
      case 'busy':
        setImmediate(() => this.#pump());
        return;
      case 'preparing':
        // Nobody waits for it: other threads come first.
        setTimeout(() => this.#pump(), WORK_MS);
        return;
      case 'running':
        setTimeout(() => this.#pump(), Math.max(0, FRAME_MS - (performance.now() - now)));
        return;
      case 'idle':
        this.#isAwake = false;
    }
  }

  #tellEvents(): void {
    if (this.#events.length === 0) return;
    const events = this.#events;
    this.#events = [];
    tell({ type: 'events', events });
  }

  #tellRecord(): void {
    clearTimeout(this.#recordTimer);
    this.#recordTimer = undefined;
    tell({ type: 'record', record: this.#timeline.record(), present: this.#timeline.present });
  }
}

function tell(message: FromSimulation): void {
  port.postMessage(message);
}

const thread = new SimulationThread(workerData as SimulationStart);
port.on('message', (message: ToSimulation) => thread.receive(message));
