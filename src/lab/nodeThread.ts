/** One life of a node: its thread, here or on another machine, what is asked of it, and how it ended. */
import type { KvAnswer, NodeKvPage, SessionsPage, TransferAnswer } from '../contract/answers.ts';
import { LabError } from '../contract/errors.ts';
import type { LabErrorData } from '../contract/errors.ts';
import type { ConfigurationChange, NodeId } from '../raft/index.ts';
import type { KvRequest, LabToNode, NodeToLab } from '../node/protocol.ts';
import type { NodeTraceEvent } from '../trace/events.ts';
import type { NodeName } from '../trace/names.ts';
import type { LaunchNode, NodeLink } from './nodeLink.ts';

/** A node answers or gives up by itself; this is for one that is paused in between. */
const GRACE_MS = 1000;

export interface NodeThreadListener {
  onEvents(events: readonly NodeTraceEvent[], dropped: number): void;
  onStarted(port: number): void;
  /** The node is heard at another port: away from a flood, or back at its own. */
  onMoved(port: number): void;
  /** The node ended itself and has said so in an event. */
  onFailed(error: LabErrorData): void;
  /** The thread ended without a word: a bug, or memory ran out. */
  onDied(message: string): void;
}

/** What a node answers to a question of the lab's. */
type Answer = KvAnswer | NodeKvPage | SessionsPage | TransferAnswer | null;

interface Question {
  readonly resolve: (value: Answer) => void;
  readonly reject: (error: LabError) => void;
  /** What to say when no answer comes. */
  readonly onLost: LabErrorData;
  /** Goes off when nobody waits any more. */
  readonly timer: NodeJS.Timeout | undefined;
}

export class NodeThread {
  readonly #name: NodeName;
  /** Resolves when the node runs; rejects with a LabError when it could not, or was ended before. */
  readonly started: Promise<void>;
  /** Resolves when the thread is gone, and with it its locks and its port. */
  readonly exited: Promise<void>;
  readonly #link: NodeLink;
  readonly #listener: NodeThreadListener;
  readonly #questions = new Map<number, Question>();
  #resolveStarted: () => void = () => undefined;
  #resolveExited: () => void = () => undefined;
  #rejectStarted: (error: LabError) => void = () => undefined;
  #questionCount = 0;
  /** Whether its end is expected: asked for, or announced by the node. */
  #isEnding = false;
  #isLost = false;

  constructor(name: NodeName, launch: LaunchNode, listener: NodeThreadListener) {
    this.#name = name;
    this.#listener = listener;
    this.started = new Promise((resolve, reject) => {
      this.#resolveStarted = resolve;
      this.#rejectStarted = reject;
    });
    // Who does not wait for the start must not be blamed for not hearing of its failure.
    this.started.catch(() => undefined);
    this.exited = new Promise((resolve) => {
      this.#resolveExited = resolve;
    });
    this.#link = launch({
      onMessage: (message) => this.#receive(message),
      onExit: (reason) => {
        this.#onExit(reason);
      },
    });
  }

  post(message: LabToNode): void {
    this.#link.post(message);
  }

  pause(): void {
    this.#link.pause();
  }

  resume(): void {
    this.#link.resume();
  }

  /** @throws {LabError} the node's, or `onLost` when the thread ends first, or says nothing for too long */
  async kv(request: KvRequest, onLost: LabErrorData): Promise<KvAnswer> {
    const limitMs = request.timeoutMs + GRACE_MS;
    const answer = await this.#ask((requestId) => ({ type: 'kv', requestId, request }), onLost, limitMs);
    return answer as KvAnswer; // the answer's type follows from the question's
  }

  /** @throws {LabError} the node's, or when it ends first */
  async kvPage(prefix: string, limit: number): Promise<NodeKvPage> {
    const page = await this.#ask((requestId) => ({ type: 'kvPage', requestId, prefix, limit }));
    return page as NodeKvPage; // the answer's type follows from the question's
  }

  /** @throws {LabError} the node's, or when it ends first */
  async sessions(limit: number): Promise<SessionsPage> {
    const page = await this.#ask((requestId) => ({ type: 'sessions', requestId, limit }));
    return page as SessionsPage; // the answer's type follows from the question's
  }

  /** Answered when `to` leads. @throws {LabError} when that cannot be, or has not come about in time */
  async transferLeadership(to: NodeId): Promise<TransferAnswer> {
    const answer = await this.#ask((requestId) => ({ type: 'transferLeadership', requestId, to }));
    return answer as TransferAnswer; // the answer's type follows from the question's
  }

  /** @throws {LabError} when the node leads, or must not forget its leader */
  async forgetLeader(): Promise<void> {
    await this.#ask((requestId) => ({ type: 'forgetLeader', requestId }));
  }

  /** @throws {LabError} when the node does not lead, or may not make the change now */
  async changeConfiguration(change: ConfigurationChange): Promise<void> {
    await this.#ask((requestId) => ({ type: 'changeConfiguration', requestId, change }));
  }

  /**
   * Resolves when the node has taken a snapshot and discarded the log that it covers.
   * @throws {LabError} the node's, or when it ends first
   */
  async compact(): Promise<void> {
    await this.#ask((requestId) => ({ type: 'compact', requestId }), {
      code: 'node-crashed', message: `${this.#name} ended before its log was compacted: restart it`,
    });
  }

  /** Ends the node cleanly; by force when it takes longer than `limitMs`. */
  async stop(limitMs: number): Promise<void> {
    this.#isEnding = true;
    this.resume();
    this.post({ type: 'stop' });
    const timer = setTimeout(() => this.#link.terminate(), limitMs);
    await this.exited;
    clearTimeout(timer);
  }

  /** Ends the thread where it stands; no code of the node runs any more. */
  async terminate(): Promise<void> {
    this.#isEnding = true;
    this.#link.terminate();
    await this.exited;
  }

  /** The way to the thread is lost: whatever was asked of it stays unanswered, and it says nothing any more. */
  lose(): void {
    this.#isLost = true;
    this.#isEnding = true;
    this.#onExit('its machine is not connected');
  }

  #ask(
    make: (requestId: number) => LabToNode, onLost: LabErrorData = this.#endedBeforeAnswer, limitMs?: number,
  ): Promise<Answer> {
    this.#questionCount += 1;
    const requestId = this.#questionCount;
    return new Promise((resolve, reject) => {
      const timer = limitMs === undefined ? undefined : setTimeout(() => this.#giveUp(requestId), limitMs);
      this.#questions.set(requestId, { resolve, reject, onLost, timer });
      this.post(make(requestId));
    });
  }

  get #endedBeforeAnswer(): LabErrorData {
    return { code: 'node-crashed', message: `node ${this.#name} ended before it answered` };
  }

  #giveUp(requestId: number): void {
    const question = this.#take(requestId);
    question?.reject(new LabError(question.onLost.code, question.onLost.message));
  }

  #receive(message: NodeToLab): void {
    if (this.#isLost) {
      return;
    }
    switch (message.type) {
      case 'started':
        this.#resolveStarted();
        this.#listener.onStarted(message.port);
        return;
      case 'moved':
        this.#listener.onMoved(message.port);
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
      case 'sessions':
        this.#take(message.requestId)?.resolve(message.page);
        return;
      case 'leadershipTransferred':
        this.#take(message.requestId)?.resolve(message.answer);
        return;
      case 'done':
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
    clearTimeout(question?.timer);
    return question;
  }

  #onExit(reason: string): void {
    const name = this.#name;
    const message = `the thread of ${name} ended unexpectedly (${reason}): restart ${name}`;
    const beforeStart = this.#isEnding ? `${name} was ended before it had started` : message;
    this.#rejectStarted(new LabError('node-failed', beforeStart));
    for (const requestId of [...this.#questions.keys()]) {
      this.#giveUp(requestId);
    }
    this.#resolveExited();
    if (!this.#isEnding) {
      this.#listener.onDied(message);
    }
  }
}
