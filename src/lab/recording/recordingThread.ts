/** The lab's side of the thread that keeps recordings: what happens goes in, and questions about the past are asked. */
import { LabError } from '../../contract/errors.ts';
import { SqliteThread } from '../nodes/sqliteThread.ts';
import type { TraceEvent } from '../../trace/events.ts';
import type { ClientOperation } from '../../trace/operations.ts';
import type { FromRecording, RecordingAnswer, RecordingQuestion, ToRecording } from './protocol.ts';

/** The most questions that wait for their answers. */
const QUESTIONS_MAX = 64;
/** The most events and operations that the thread has not taken yet. Beyond that its disk is too slow. */
const UNTAKEN_MAX = 100_000;

interface Waiting {
  readonly resolve: (answer: RecordingAnswer) => void;
  readonly reject: (error: LabError) => void;
}

/** A moment that somebody wants to see, and everybody whose wish it has taken over. */
interface WantedMoment {
  question: RecordingQuestion;
  readonly waiting: Waiting[];
}

export class RecordingThread {
  readonly #workerUrl: URL | string;
  readonly #onStopped: (problem: string) => void;
  readonly #waiting = new Map<number, Waiting>();
  #thread: SqliteThread | undefined;
  #questionCount = 0;
  #untaken = 0;
  #isRecording = false;
  #isSeeking = false;
  #wanted: WantedMoment | undefined;

  /** @param onStopped nothing more is recorded, and why, for the person */
  constructor(workerUrl: URL | string, onStopped: (problem: string) => void) {
    this.#workerUrl = workerUrl;
    this.#onStopped = onStopped;
  }

  /** Begins the recording of a lab, or goes on with it. */
  async begin(path: string, labName: string, bytesMax: number): Promise<void> {
    this.#isRecording = true;
    await this.ask({ type: 'begin', path, labName, bytesMax });
  }

  /** Everything that happened is written, and the file is closed. */
  async end(): Promise<void> {
    this.#isRecording = false;
    if (this.#thread !== undefined) await this.ask({ type: 'end' });
  }

  addEvents(events: readonly TraceEvent[]): void {
    this.#add({ type: 'events', events }, events.length);
  }

  addOperations(operations: readonly ClientOperation[]): void {
    this.#add({ type: 'operations', operations }, operations.length);
  }

  /** @throws {LabError} */
  ask(question: RecordingQuestion): Promise<RecordingAnswer> {
    if (this.#waiting.size >= QUESTIONS_MAX) {
      throw new LabError('busy', 'the recording is busy: ask again in a moment');
    }
    this.#thread ??= this.#launch();
    this.#questionCount += 1;
    const questionId = this.#questionCount;
    return new Promise((resolve, reject) => {
      this.#waiting.set(questionId, { resolve, reject });
      this.#post({ type: 'question', questionId, question });
    });
  }

  /** As `ask`, for a moment: while one is sought only the newest wish is kept, and it answers those before it. */
  async seek(question: RecordingQuestion): Promise<RecordingAnswer> {
    if (this.#isSeeking) {
      const waiting = this.#wanted?.waiting ?? [];
      this.#wanted = { question, waiting };
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    }
    this.#isSeeking = true;
    try {
      return await this.ask(question);
    } finally {
      this.#isSeeking = false;
      this.#seekNext();
    }
  }

  /** Ends the thread; what was taken is written by `end`. */
  async close(): Promise<void> {
    await this.#thread?.terminate();
  }

  #seekNext(): void {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    if (wanted === undefined) return;
    this.seek(wanted.question).then(
      (answer) => wanted.waiting.forEach(({ resolve }) => resolve(answer)),
      // `ask` rejects with nothing else.
      (error: unknown) => wanted.waiting.forEach(({ reject }) => reject(error as LabError)),
    );
  }

  #add(message: ToRecording, count: number): void {
    if (!this.#isRecording || count === 0) return;
    this.#untaken += count;
    if (this.#untaken > UNTAKEN_MAX) {
      this.#stop('the disk is too slow for the recording: nothing more is recorded until the lab is opened again');
      return;
    }
    this.#post(message);
  }

  #stop(problem: string): void {
    if (!this.#isRecording) return;
    this.#isRecording = false;
    this.#onStopped(problem);
  }

  #post(message: ToRecording): void {
    this.#thread?.post(message);
  }

  #launch(): SqliteThread {
    return new SqliteThread(this.#workerUrl, { name: 'recording' }, {
      // Both ends are this program's own, from one build.
      onMessage: (message) => this.#receive(message as FromRecording),
      onExit: (reason) => {
        this.#thread = undefined;
        this.#untaken = 0;
        this.#stop(`the recording ended (${reason}): nothing more is recorded until the lab is opened again`);
        for (const { reject } of this.#waiting.values()) {
          reject(new LabError('internal', `the recording ended (${reason}): ask again`));
        }
        this.#waiting.clear();
      },
    });
  }

  #receive(message: FromRecording): void {
    switch (message.type) {
      case 'taken':
        this.#untaken -= message.count;
        return;
      case 'stopped':
        this.#stop(message.problem);
        return;
      case 'answer':
        this.#take(message.questionId)?.resolve(message.answer);
        return;
      case 'refusal':
        this.#take(message.questionId)?.reject(new LabError(message.error.code, message.error.message));
    }
  }

  #take(questionId: number): Waiting | undefined {
    const waiting = this.#waiting.get(questionId);
    this.#waiting.delete(questionId);
    return waiting;
  }
}
