/** Has nodes' databases read, and copied ones given to their lab, in a thread of its own: nobody else is held up. */
import type { DiskPage } from '../../contract/answers.ts';
import { LabError } from '../../contract/errors.ts';
import type { LabErrorData } from '../../contract/errors.ts';
import type { NodeId } from '../../raft/types.ts';
import type { DiskContents } from '../../sim/disk.ts';
import { SqliteThread } from '../nodes/sqliteThread.ts';

export interface DiskQuestion {
  readonly type: 'read';
  readonly nodeName: string;
  readonly databasePath: string;
  /** The rows come in descending index order, beginning here; undefined: at the end of the log. */
  readonly fromIndex: number | undefined;
  readonly count: number;
}

/** Everything that a node's database keeps. The node has ended. */
export interface ContentsQuestion {
  readonly type: 'contents';
  readonly nodeName: string;
  readonly databasePath: string;
  /** Whose it should be. */
  readonly labId: string;
  readonly id: NodeId;
  /** The most that log and snapshot may take. */
  readonly bytesMax: number;
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
  readonly question: Question;
}

type Question = DiskQuestion | ContentsQuestion | Adoption;

/** What each question is answered with. */
interface Answers {
  readonly read: DiskPage;
  readonly contents: DiskContents;
  readonly adopt: null;
}

export type FromReader =
  | { readonly questionId: number; readonly ok: true; readonly answer: Answers[keyof Answers] }
  | { readonly questionId: number; readonly ok: false; readonly error: LabErrorData };

/** The most questions that wait for the reader; the window asks again for what it still shows. */
const QUESTIONS_MAX = 64;
/** The longest wait for a page. Reading one takes milliseconds; a disk may not answer at all. */
const ANSWER_LIMIT_MS = 30_000;

interface Waiting {
  readonly resolve: (answer: Answers[keyof Answers]) => void;
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
    return this.#ask({ type: 'read', ...question });
  }

  /** @throws {LabError} when the file is not there, not this node's, damaged or too large */
  async contents(question: Omit<ContentsQuestion, 'type'>): Promise<DiskContents> {
    return this.#ask({ type: 'contents', ...question });
  }

  /** Gives a copied database to its lab. @throws {LabError} when it is not one of the lab `from`, or damaged */
  async adopt(adoption: Omit<Adoption, 'type'>): Promise<void> {
    await this.#ask({ type: 'adopt', ...adoption });
  }

  async #ask<Asked extends Question>(question: Asked): Promise<Answers[Asked['type']]> {
    if (this.#isClosed) {
      throw new LabError('no-open-lab', 'Raftlab is closing');
    }
    if (this.#waiting.size >= QUESTIONS_MAX) {
      throw new LabError('busy', 'the database reader is busy: ask again in a moment');
    }
    this.#thread ??= this.#launch();
    this.#questionCount += 1;
    const message: ToReader = { questionId: this.#questionCount, question };
    const { questionId } = message;
    const answer = await new Promise<Answers[keyof Answers]>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(questionId);
        reject(new LabError('busy', `the disk has not answered within ${ANSWER_LIMIT_MS / 1000} s: ask again later`));
      }, ANSWER_LIMIT_MS);
      this.#waiting.set(questionId, { resolve, reject, timer });
      this.#thread?.post(message);
    });
    // The thread answers each question with its own type of answer (databaseReaderWorker.ts).
    return answer as Answers[Asked['type']];
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
      waiting?.resolve(answer.answer);
    } else {
      waiting?.reject(new LabError(answer.error.code, answer.error.message));
    }
  }
}
