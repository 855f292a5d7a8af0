/** Which Raftlab is on the network, among all that use one data folder. */
import { LabError } from '../contract/errors.ts';
import { tryLockFolder } from '../node/storage/lock.ts';
import type { FolderLock } from '../node/storage/lock.ts';

/** Two Raftlabs with one key would be taken for copies of one machine. */
const LOCK_FILE = 'lan-open.lock';

/** Held by the Raftlab that hosts or has joined a lab, or is about to. */
export class NetworkLock {
  readonly #dataDirectory: string;
  #lock: FolderLock | undefined;

  constructor(dataDirectory: string) {
    this.#dataDirectory = dataDirectory;
  }

  /** Takes the lock, or keeps it. @throws {LabError} `lab-in-use` when another Raftlab has it */
  take(): void {
    this.#lock ??= tryLockFolder(this.#dataDirectory, LOCK_FILE);
    if (this.#lock === undefined) {
      throw new LabError(
        'lab-in-use',
        'another Raftlab on this data folder is on the network already: close it, or take another folder with --data',
      );
    }
  }

  /** Safe to call without the lock. */
  release(): void {
    this.#lock?.release();
    this.#lock = undefined;
  }
}
