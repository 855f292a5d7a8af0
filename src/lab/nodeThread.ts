/** One life of a node: its worker thread, what is asked of it, and how it ended. */
import { Worker } from 'node:worker_threads';
import type { KvAnswer, NodeKvPage } from '../contract/answers.ts';
import { LabError } from '../contract/errors.ts';
import type { LabErrorData } from '../contract/errors.ts';
import type { ConfigurationChange } from '../raft/index.ts';
import type { KvRequest, LabToNode, NodeConfiguration, NodeToLab } from '../node/protocol.ts';
import type { NodeTraceEvent } from '../trace/events.ts';

export interface NodeThreadListener {
  onEvents(events: readonly NodeTraceEvent[], dropped: number): void;
  onStarted(port: number): void;
  /** The node ended itself and has said so in an event. */
  onFailed(error: LabErrorData): void;
  /** The thread ended without a word: a bug, or memory ran out. */
  onDied(message: string): void;
}

interface Question {
  readonly resolve: (value: KvAnswer | NodeKvPage | null) => void;
  readonly reject: (error: LabError) => void;
  /** What to say when the thread ends before it answers. */
  readonly onLost: LabErrorData;
}

/** A node's heap; one that grows beyond it ends with a clear message instead of taking the app along. */
const HEAP_MIB_MAX = 512;

export class NodeThread {
  readonly configuration: NodeConfiguration;
  /** Resolves when the node runs; rejects with a LabError when it could not, or was ended before. */
  readonly started: Promise<void>;
  /** Resolves when the thread is gone, and with it its locks and its port. */
  readonly exited: Promise<void>;
  readonly #worker: Worker;
  readonly #listener: NodeThreadListener;
  readonly #pauseFlag: Int32Array;
  readonly #questions = new Map<number, Question>();
  #resolveStarted: () => void = () => undefined;
  #rejectStarted: (error: LabError) => void = () => undefined;
  #questionCount = 0;
  /** Whether its end is expected: asked for, or announced by the node. */
  #isEnding = false;
  #uncaught: string | undefined;

  constructor(workerUrl: URL | string, configuration: NodeConfiguration, listener: NodeThreadListener) {
    this.configuration = configuration;
    this.#listener = listener;
    this.#pauseFlag = new Int32Array(configuration.pauseFlag);
    this.started = new Promise((resolve, reject) => {
      this.#resolveStarted = resolve;
      this.#rejectStarted = reject;
    });
    // Who does not wait for the start must not be blamed for not hearing of its failure.
    this.started.catch(() => undefined);
    this.#worker = new Worker(workerUrl, {
      workerData: configuration,
      name: configuration.name,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB_MAX },
    });
    this.#worker.on('message', (message: NodeToLab) => this.#receive(message));
    this.#worker.on('error', (error) => {
      this.#uncaught = error instanceof Error ? error.message : String(error);
    });
    this.exited = new Promise((resolve) => {
      this.#worker.once('exit', (exitCode) => {
        this.#onExit(exitCode);
        resolve();
      });
    });
  }

  post(message: LabToNode): void {
    this.#worker.postMessage(message);
  }

  pause(): void {
    Atomics.store(this.#pauseFlag, 0, 1);
    this.post({ type: 'pause' });
  }

  resume(): void {
    Atomics.store(this.#pauseFlag, 0, 0);
    Atomics.notify(this.#pauseFlag, 0);
  }

  /** @throws {LabError} the node's, or `onLost` when the thread ends first */
  async kv(request: KvRequest, onLost: LabErrorData): Promise<KvAnswer> {
    const answer = await this.#ask((requestId) => ({ type: 'kv', requestId, request }), onLost);
    return answer as KvAnswer; // the answer's type follows from the question's
  }

  /** @throws {LabError} as `kv` */
  async kvPage(prefix: string, limit: number, onLost: LabErrorData): Promise<NodeKvPage> {
    const page = await this.#ask((requestId) => ({ type: 'kvPage', requestId, prefix, limit }), onLost);
    return page as NodeKvPage; // the answer's type follows from the question's
  }

  /** @throws {LabError} when the node does not lead, or may not make the change now */
  async changeConfiguration(change: ConfigurationChange, onLost: LabErrorData): Promise<void> {
    await this.#ask((requestId) => ({ type: 'changeConfiguration', requestId, change }), onLost);
  }

  /** Ends the node cleanly; by force when it takes longer than `limitMs`. */
  async stop(limitMs: number): Promise<void> {
    this.#isEnding = true;
    this.resume();
    this.post({ type: 'stop' });
    const timer = setTimeout(() => void this.#worker.terminate(), limitMs);
    await this.exited;
    clearTimeout(timer);
  }

  /** Ends the thread where it stands; no code of the node runs any more. */
  async terminate(): Promise<void> {
    this.#isEnding = true;
    await this.#worker.terminate();
    await this.exited;
  }

  #ask(make: (requestId: number) => LabToNode, onLost: LabErrorData): Promise<KvAnswer | NodeKvPage | null> {
    this.#questionCount += 1;
    const requestId = this.#questionCount;
    return new Promise((resolve, reject) => {
      this.#questions.set(requestId, { resolve, reject, onLost });
      this.post(make(requestId));
    });
  }

  #receive(message: NodeToLab): void {
    switch (message.type) {
      case 'started':
        this.#resolveStarted();
        this.#listener.onStarted(message.port);
        return;
      case 'events':
        this.#listener.onEvents(message.events, message.dropped);
        return;
      case 'kvAnswer':
        this.#take(message.requestId)?.resolve(message.answer);
        return;
      case 'kvPage':
        this.#take(message.requestId)?.resolve(message.page);
        return;
      case 'configurationChanged':
        this.#take(message.requestId)?.resolve(null);
        return;
      case 'requestFailed':
        this.#take(message.requestId)?.reject(new LabError(message.error.code, message.error.message));
        return;
      case 'failed':
        this.#isEnding = true;
        this.#rejectStarted(new LabError(message.error.code, message.error.message));
        this.#listener.onFailed(message.error);
        return;
      case 'stopped':
        this.#isEnding = true;
    }
  }

  #take(requestId: number): Question | undefined {
    const question = this.#questions.get(requestId);
    this.#questions.delete(requestId);
    return question;
  }

  #onExit(exitCode: number): void {
    const { name } = this.configuration;
    const reason = this.#uncaught ?? `exit code ${exitCode}`;
    const message = `the thread of ${name} ended unexpectedly (${reason}): restart ${name}`;
    const beforeStart = this.#isEnding ? `${name} was ended before it had started` : message;
    this.#rejectStarted(new LabError('node-failed', beforeStart));
    for (const { reject, onLost } of this.#questions.values()) {
      reject(new LabError(onLost.code, onLost.message));
    }
    this.#questions.clear();
    if (!this.#isEnding) {
      this.#listener.onDied(message);
    }
  }
}
