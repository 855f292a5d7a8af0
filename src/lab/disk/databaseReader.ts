/** Has nodes' databases read, and copied ones given to their lab, in a thread of its own: nobody else is held up. */
import type { DiskPage } from '../../contract/answers.ts';
import { LabError } from '../../contract/errors.ts';
import type { LabErrorData } from '../../contract/errors.ts';
import { SqliteThread } from '../nodes/sqliteThread.ts';

export interface DiskQuestion {
  readonly type: 'read';
  readonly nodeName: string;
  readonly databasePath: string;
  /** The rows come in descending index order, beginning here; undefined: at the end of the log. */
  readonly fromIndex: number | undefined;
  readonly count: number;
}

/** A database that was copied, and the ids of the labs that it comes from and belongs to now. */
export interface Adoption {
  readonly type: 'adopt';
  readonly nodeName: string;
  readonly databasePath: string;
  readonly from: string;
  readonly to: string;
}

export interface ToReader {
  readonly questionId: number;
  readonly question: DiskQuestion | Adoption;
}

export type FromReader =
  /** `page`: null for an adoption. */
  | { readonly questionId: number; readonly ok: true; readonly page: DiskPage | null }
  | { readonly questionId: number; readonly ok: false; readonly error: LabErrorData };

/** The most questions that wait for the reader; the window asks again for what it still shows. */
const QUESTIONS_MAX = 64;
/** The longest wait for a page. Reading one takes milliseconds; a disk may not answer at all. */
const ANSWER_LIMIT_MS = 30_000;

interface Waiting {
  readonly resolve: (page: DiskPage | null) => void;
  readonly reject: (error: LabError) => void;
  /** Ends the wait for an answer. */
  readonly timer: NodeJS.Timeout;
}

export class DatabaseReader {
  readonly #workerUrl: URL | string;
  readonly #waiting = new Map<number, Waiting>();
  #thread: SqliteThread | undefined;
  #questionCount = 0;
  #isClosed = false;

  constructor(workerUrl: URL | string) {
    this.#workerUrl = workerUrl;
  }

  /** @throws {LabError} when the file is not there or cannot be read */
  async read(question: Omit<DiskQuestion, 'type'>): Promise<DiskPage> {
    const page = await this.#ask({ type: 'read', ...question });
    if (page === null) {
      throw new LabError('internal', 'the database reader answered another question');
    }
    return page;
  }

  /** Gives a copied database to its lab. @throws {LabError} when it is not one of the lab `from`, or damaged */
  async adopt(adoption: Omit<Adoption, 'type'>): Promise<void> {
    await this.#ask({ type: 'adopt', ...adoption });
  }

  #ask(question: ToReader['question']): Promise<DiskPage | null> {
    if (this.#isClosed) {
      return Promise.reject(new LabError('no-open-lab', 'Raftlab is closing'));
    }
    if (this.#waiting.size >= QUESTIONS_MAX) {
      return Promise.reject(new LabError('busy', 'the database reader is busy: ask again in a moment'));
    }
    this.#thread ??= this.#launch();
    this.#questionCount += 1;
    const message: ToReader = { questionId: this.#questionCount, question };
    const { questionId } = message;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(questionId);
        reject(new LabError('busy', `the disk has not answered within ${ANSWER_LIMIT_MS / 1000} s: ask again later`));
      }, ANSWER_LIMIT_MS);
      this.#waiting.set(questionId, { resolve, reject, timer });
      this.#thread?.post(message);
    });
  }

  /** Ends the thread; nothing is read afterwards. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#thread?.terminate();
  }

  #launch(): SqliteThread {
    return new SqliteThread(this.#workerUrl, { name: 'database reader' }, {
      onMessage: (message) => this.#onAnswer(message as FromReader), // both ends are this program's own, from one build
      onExit: (reason) => {
        this.#thread = undefined; // the next question starts another
        for (const { reject, timer } of this.#waiting.values()) {
          clearTimeout(timer);
          reject(new LabError('internal', `the database reader ended (${reason}): ask again`));
        }
        this.#waiting.clear();
      },
    });
  }

  #onAnswer(answer: FromReader): void {
    const waiting = this.#waiting.get(answer.questionId);
    this.#waiting.delete(answer.questionId);
    clearTimeout(waiting?.timer);
    if (answer.ok) {
      waiting?.resolve(answer.page);
    } else {
      waiting?.reject(new LabError(answer.error.code, answer.error.message));
    }
  }
}
