/** The files of recordings that the person chooses: where one is saved or exported to, and which one is opened. */
import { basename } from 'node:path';
import type { CommandAnswer, CommandInput } from '../contract/commands.ts';
import type { HistoryStatus } from '../contract/history.ts';
import type { LabHistory } from '../lab/recording/labHistory.ts';
import { RECORDING_QUESTION } from './fileQuestions.ts';
import type { FileQuestion, SaveQuestion } from './fileQuestions.ts';

export interface FileDialogs {
  /** Null when the person chose nothing. */
  readonly open: (question: FileQuestion) => Promise<string | null>;
  readonly save: (question: SaveQuestion) => Promise<string | null>;
}

const EXPORTS = {
  csv: { name: 'CSV', extension: 'csv' },
  shiviz: { name: 'ShiViz Log', extension: 'txt' },
  porcupine: { name: 'History of Operations', extension: 'jsonl' },
} as const;
/** As files may be called on every system. */
const UNSAFE = /[^\p{L}\p{N} ._-]/gu;

export class HistoryFiles {
  readonly #history: () => Promise<LabHistory>;
  readonly #dialogs: FileDialogs;
  #isAsking = false;

  constructor(history: () => Promise<LabHistory>, dialogs: FileDialogs) {
    this.#history = history;
    this.#dialogs = dialogs;
  }

  /** Asks for a place and writes the recording there. @throws {LabError} when it cannot be written */
  save(input: CommandInput<'history:save'>): Promise<CommandAnswer<'history:save'>> {
    return this.#atPlace(input.of, { name: 'Recordings', extension: 'raftlab' }, async (history, path) => (
      history.save(path, input)));
  }

  /** Asks for a place and writes there what other programs read. @throws {LabError} when it cannot be written */
  export(input: CommandInput<'history:export'>): Promise<CommandAnswer<'history:export'>> {
    return this.#atPlace(input.of, EXPORTS[input.format], async (history, path) => history.export(path, input));
  }

  /** Asks for a file and opens it. @throws {LabError} when it is not a recording */
  open(): Promise<HistoryStatus | null> {
    return this.#once(async () => {
      const path = await this.#dialogs.open(RECORDING_QUESTION);
      return path === null ? null : this.openPath(path);
    });
  }

  /** Opens a file that was chosen elsewhere, as by a double click. @throws {LabError} when it is not a recording */
  async openPath(path: string): Promise<HistoryStatus> {
    return (await this.#history()).openFile(path, basename(path));
  }

  #atPlace(
    of: 'lab' | 'file', { name, extension }: { readonly name: string; readonly extension: string },
    write: (history: LabHistory, path: string) => Promise<void>,
  ): Promise<{ readonly path: string } | null> {
    return this.#once(async () => {
      const history = await this.#history();
      const status = await history.status(of);
      const path = await this.#dialogs.save({
        title: `Save ${name}`,
        defaultPath: `${(status?.labName ?? 'recording').replaceAll(UNSAFE, '_')}.${extension}`,
        filters: [{ name, extensions: [extension] }],
      });
      if (path === null) return null;
      await write(history, path);
      return { path };
    });
  }

  /** While one question stands, no other is asked. */
  async #once<Answer>(ask: () => Promise<Answer | null>): Promise<Answer | null> {
    if (this.#isAsking) return null;
    this.#isAsking = true;
    try {
      return await ask();
    } finally {
      this.#isAsking = false;
    }
  }
}
