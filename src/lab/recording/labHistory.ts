/** What can be asked of the past, of the open lab and of a file: the recording's thread answers it. */
import type { CommandAnswer, CommandInput } from '../../contract/commands.ts';
import type { HistoryOf, HistoryStatus } from '../../contract/history.ts';
import type { TraceEvent } from '../../trace/events.ts';
import type { ClientOperation } from '../../trace/operations.ts';
import type { StoreQuestion } from './recordingStore.ts';
import { RecordingThread } from './recordingThread.ts';

/** At this size the oldest events of a lab are forgotten. */
export const RECORDING_BYTES_MAX = 256 * 1024 * 1024;

export class LabHistory {
  readonly #thread: RecordingThread;
  #problem: string | null = null;

  /** @param onStopped nothing more is recorded, and why, in a sentence for the person */
  constructor(workerUrl: URL | string, onStopped: (problem: string) => void) {
    this.#thread = new RecordingThread(workerUrl, (problem) => {
      this.#problem = problem;
      onStopped(problem);
    });
  }

  // ---- The open lab records itself ----------------------------------------------------------------------------------

  /** Begins before the lab's first event. What follows is taken in order. */
  begin(path: string, labName: string): void {
    this.#problem = null;
    // The thread says itself why it cannot record.
    this.#thread.begin(path, labName, RECORDING_BYTES_MAX).catch(() => undefined);
  }

  addEvents(events: readonly TraceEvent[]): void {
    this.#thread.addEvents(events);
  }

  addOperations(operations: readonly ClientOperation[]): void {
    this.#thread.addOperations(operations);
  }

  /** The lab is closed: all is written. */
  async end(): Promise<void> {
    await this.#thread.end().catch(() => undefined);
  }

  // ---- Questions ----------------------------------------------------------------------------------------------------

  /** @throws {LabError} */
  async ask<Name extends StoreQuestion>(
    name: Name, { of, ...input }: CommandInput<Name>,
  ): Promise<CommandAnswer<Name>> {
    const question = { type: 'ask', of, name, input } as const;
    const answer = await (name === 'history:moment' ? this.#thread.seek(question) : this.#thread.ask(question));
    if (name === 'history:status' && of === 'lab' && this.#problem !== null) {
      const status = answer as HistoryStatus | null; // as its name says
      return (status === null ? null : { ...status, problem: this.#problem }) as CommandAnswer<Name>;
    }
    return answer as CommandAnswer<Name>; // the thread answers each question with its own type (RecordingStore)
  }

  /** Writes a `.raftlab` file. @throws {LabError} when it cannot be written there */
  async save(path: string, { of, fromSeq, toSeq, withNames }: CommandInput<'history:save'>): Promise<void> {
    const span = { ...(fromSeq === undefined ? {} : { fromSeq }), ...(toSeq === undefined ? {} : { toSeq }) };
    await this.#thread.ask({ type: 'save', path, of, withNames, ...span });
  }

  /** @throws {LabError} when it cannot be written there */
  async export(path: string, { of, format }: CommandInput<'history:export'>): Promise<void> {
    await this.#thread.ask({ type: 'export', path, of, format });
  }

  /** @throws {LabError} when it is not a recording, or cannot be read */
  async openFile(path: string, name: string): Promise<HistoryStatus> {
    return await this.#thread.ask({ type: 'openFile', path, name }) as HistoryStatus;
  }

  async closeFile(): Promise<void> {
    await this.#thread.ask({ type: 'closeFile' });
  }

  /** What a recording that is saved would hold; null: there is none. */
  status(of: HistoryOf): Promise<HistoryStatus | null> {
    return this.ask('history:status', { of });
  }

  async close(): Promise<void> {
    await this.#thread.close();
  }
}
