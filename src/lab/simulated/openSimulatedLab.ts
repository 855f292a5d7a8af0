/** An open simulated lab: its thread, whoever waits for its answers, and what lab.json keeps of it. */
import { Worker } from 'node:worker_threads';
import type { LabSummary } from '../../contract/answers.ts';
import type { CommandAnswer, CommandInput } from '../../contract/commands.ts';
import { LabError } from '../../contract/errors.ts';
import type { TimeStatus } from '../../contract/time.ts';
import { clockMs } from '../../node/clock.ts';
import type { FolderLock } from '../../node/storage/lock.ts';
import type { LabBeginning } from '../../sim/lab/labBeginning.ts';
import type { TimelineCommandName } from '../../sim/lab/timeline.ts';
import type { TraceEvent } from '../../trace/events.ts';
import { labFileIn, type LabFile, recordIn, summaryOf } from '../files/labFile.ts';
import { beginningOf } from '../files/labContinuation.ts';
import { LabFileWriter } from '../files/labFileWriter.ts';
import type { TakenLab } from '../files/labStore.ts';
import type { LabLog } from '../service.ts';
import type { FromSimulation, Present, SimulationStart, ToSimulation } from './protocol.ts';

/** A larger heap ends the lab with a clear message, and not the app. */
const HEAP_MIB_MAX = 2048;
/** A thread that does not end by itself is ended. */
const CLOSE_LIMIT_MS = 3000;

export interface OpenSimulatedLabOptions {
  /** The lab's folder. */
  readonly folder: string;
  readonly workerUrl: URL | string;
  readonly log: LabLog;
  readonly tellsEveryEvent: boolean;
  readonly onEvents: (events: readonly TraceEvent[]) => void;
  readonly onTime: (time: TimeStatus) => void;
  /** Another moment is shown: attach again. */
  readonly onMoved: () => void;
  /** Its thread has ended by itself: the lab is gone. */
  readonly onFailed: (error: LabError) => void;
}

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: LabError) => void;
}

export class OpenSimulatedLab {
  readonly labId: string;
  readonly #options: OpenSimulatedLabOptions;
  readonly #lock: FolderLock;
  readonly #writer: LabFileWriter;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<void>;
  #file: LabFile;
  #present: Present;
  #asked = 0;
  #isOpen = false;
  #isClosing = false;

  /** @throws {LabError} when a file of the lab cannot be read or written; then the lab is released */
  static async open({ file, lock }: TakenLab, options: OpenSimulatedLabOptions): Promise<OpenSimulatedLab> {
    const beginning = await beginningOf(file, options.folder).catch((error: unknown) => {
      lock.release();
      throw error;
    });
    const lab = new OpenSimulatedLab({ ...file, openedAtMs: clockMs() }, beginning, lock, options);
    try {
      await lab.#writer.write();
      // Its beginning is told before anybody learns that it is open, as of a live lab: whoever attaches would lose it.
      await lab.execute('time:status', {});
      lab.#isOpen = true;
      return lab;
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  private constructor(
    file: LabFile, beginning: LabBeginning | undefined, lock: FolderLock, options: OpenSimulatedLabOptions,
  ) {
    this.labId = file.labId;
    this.#file = file;
    this.#lock = lock;
    this.#options = options;
    const record = recordIn(file);
    this.#present = { nodeCount: record.nodeCount, pace: file.pace, variant: file.variant };
    this.#writer = new LabFileWriter(labFileIn(options.folder), () => this.#file, options.log);
    const start: SimulationStart = { record, beginning, tellsEveryEvent: options.tellsEveryEvent };
    this.#worker = new Worker(options.workerUrl, {
      workerData: start, name: 'simulation', resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB_MAX },
    });
    this.#worker.on('message', (message: FromSimulation) => this.#receive(message));
    this.#worker.on('error', (error: unknown) => {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    });
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', () => resolve());
    });
  }

  get summary(): LabSummary {
    return { ...summaryOf(this.#file), ...this.#present, isOpen: true };
  }

  /** @param input parsed by the command's schema @throws {LabError} */
  async execute<Name extends TimelineCommandName>(name: Name, input: CommandInput<Name>): Promise<CommandAnswer<Name>> {
    if (this.#isClosing) throw new LabError('no-open-lab', 'the lab is being closed: open it again first');
    this.#asked += 1;
    const id = this.#asked;
    const answer = await new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#post({ type: 'execute', id, name, input });
    });
    // The thread answers each command with its own type of answer (Timeline.execute).
    return answer as CommandAnswer<Name>;
  }

  /** @throws {LabError} when lab.json cannot be written: then it keeps its name */
  async rename(name: string): Promise<void> {
    const former = this.#file;
    this.#file = { ...former, name };
    try {
      await this.#writer.write();
    } catch (error) {
      this.#file = former;
      throw error;
    }
    this.#post({ type: 'rename', name });
  }

  /** Saves lab.json, ends the thread in bounded time, and releases the folder. */
  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#post({ type: 'close' });
    const limit = setTimeout(() => void this.#worker.terminate(), CLOSE_LIMIT_MS);
    await this.#ended;
    clearTimeout(limit);
    this.#giveUp(new LabError('no-open-lab', 'the lab was closed before it answered'));
    await this.#writer.close();
    this.#lock.release();
  }

  #post(message: ToSimulation): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromSimulation): void {
    switch (message.type) {
      case 'answer':
        this.#take(message.id)?.resolve(message.answer);
        return;
      case 'refused':
        this.#take(message.id)?.reject(new LabError(message.error.code, message.error.message));
        return;
      case 'record': {
        const { record: { name: _name, labId: _labId, ...simulated }, present } = message;
        this.#present = present;
        this.#file = { ...this.#file, pace: present.pace, variant: present.variant, simulated };
        void this.#writer.writeOrReport();
        return;
      }
      case 'events':
        if (!this.#isClosing) this.#options.onEvents(message.events);
        return;
      case 'moved':
        if (this.#isOpen && !this.#isClosing) this.#options.onMoved();
        return;
      case 'time':
        if (!this.#isClosing) this.#options.onTime(message.time);
    }
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #giveUp(error: LabError): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #fail(error: Error): void {
    this.#options.log.error(`the simulation of ${this.labId} failed: ${error.stack ?? error.message}`);
    const problem = new LabError('internal', `the simulated lab has ended: ${error.message}. Open it again`);
    this.#giveUp(problem);
    if (this.#isOpen && !this.#isClosing) this.#options.onFailed(problem);
  }
}
