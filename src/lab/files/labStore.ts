/** The labs on disk: `labs/<labId>/` with lab.json and a folder for each node. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../../contract/errors.ts';
import { tryLockFolder } from '../../node/storage/lock.ts';
import type { FolderLock } from '../../node/storage/lock.ts';
import type { Pace } from '../../trace/events.ts';
import type { LabLog } from '../service.ts';
import { onDisk } from './diskError.ts';
import { labFileIn, labOf, newLabFile } from './labFile.ts';
import type { LabFile } from './labFile.ts';
import { clockMs } from '../../node/clock.ts';

/** Far more than anybody keeps; a bound on what `list` reads. */
const LABS_MAX = 200;
const LAB_FOLDER = /^[a-z0-9-]{1,64}$/;
const LOCK_FILE = 'lab.lock';

export class LabStore {
  readonly #folder: string;
  readonly #log: LabLog;

  constructor(dataDirectory: string, log: LabLog) {
    this.#folder = join(dataDirectory, 'labs');
    this.#log = log;
  }

  folderOf(labId: string): string {
    return join(this.#folder, labId);
  }

  /**
   * All labs that can be read, the most recently opened one first, and what is wrong with the others.
   * @throws {LabError} when the folder of the labs cannot be created or read
   */
  async list(): Promise<{ readonly labs: readonly LabFile[]; readonly damaged: readonly DamagedLab[] }> {
    const entries = await onDisk('the labs cannot be listed', this.#folder, async () => {
      await mkdir(this.#folder, { recursive: true });
      return readdir(this.#folder, { withFileTypes: true });
    });
    const labs: LabFile[] = [];
    const damaged: DamagedLab[] = [];
    for (const entry of entries) {
      if (!entry.isDirectory() || !LAB_FOLDER.test(entry.name)) {
        continue;
      }
      try {
        labs.push(await this.read(entry.name));
      } catch (error) {
        const problem = error instanceof LabError ? error : new LabError('internal', String(error));
        // A folder without a lab.json was never a lab, or is one that is being deleted.
        if (problem.code !== 'unknown-lab') {
          this.#log.warn(`lab ${entry.name}: ${problem.message}`);
          damaged.push({ labId: entry.name, problem });
        }
      }
    }
    labs.sort((a, b) => b.openedAtMs - a.openedAtMs);
    return { labs, damaged };
  }

  /** @throws {LabError} as labOf */
  async read(labId: string): Promise<LabFile> {
    const lab = labOf(await labFileIn(this.folderOf(labId)).read());
    if (lab.labId !== labId) {
      throw new LabError(
        'corrupt-file',
        `the folder ${labId} holds the lab.json of another lab: give the folder its old name back, ${lab.labId}`,
      );
    }
    return lab;
  }

  /**
   * Creates a lab's folders and its lab.json, or nothing at all.
   * @param limits when its nodes take snapshots, and how much keys and values may take; absent: the defaults
   * @throws {LabError}
   */
  async create(name: string, nodeCount: number, pace: Pace, limits: LabLimits = {}): Promise<LabFile> {
    const { labs, damaged } = await this.list();
    if (labs.length + damaged.length >= LABS_MAX) {
      throw new LabError('refused', `there are ${LABS_MAX} labs already: delete one that is no longer needed`);
    }
    const lab = newLabFile({ labId: randomUUID(), name, pace, createdAtMs: clockMs(), ...limits }, nodeCount);
    const folder = this.folderOf(lab.labId);
    try {
      await onDisk(`the lab “${name}” cannot be made`, folder, async () => {
        for (const { number } of lab.nodes) {
          await mkdir(join(folder, `n${number}`), { recursive: true });
        }
      });
      await labFileIn(folder).write(lab);
    } catch (error) {
      await rm(folder, { recursive: true, force: true }).catch(() => undefined); // the first error is reported
      throw error;
    }
    return lab;
  }

  /**
   * Takes a lab for this Raftlab: nobody else opens, writes or deletes it until it is released.
   * @throws {LabError} as `read`; `lab-in-use` when another Raftlab has it; `disk-error` when it cannot be locked
   */
  async take(labId: string): Promise<TakenLab> {
    const { name } = await this.read(labId); // a missing lab is not locked
    const lock = this.#lock(labId, name);
    try {
      // Until the lock was held, another Raftlab could still change the file.
      return { file: await this.read(labId), lock };
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** @param name the lab's name in the error */
  #lock(labId: string, name: string): FolderLock {
    const lock = tryLockFolder(this.folderOf(labId), LOCK_FILE);
    if (lock === undefined) {
      throw new LabError(
        'lab-in-use', `the lab “${name}” is open in another Raftlab: close it there, or open another lab`,
      );
    }
    return lock;
  }

  /**
   * Deletes a lab with everything in it, even a damaged one.
   * @throws {LabError} `lab-in-use` when another Raftlab has it open
   */
  async remove(labId: string): Promise<void> {
    const folder = this.folderOf(labId);
    await onDisk('the lab cannot be deleted', folder, async () => {
      const names = await readdir(folder).catch(() => undefined);
      if (names === undefined) {
        return; // it is gone already
      }
      const name = await this.read(labId).then((lab) => lab.name, () => labId);
      const lock = this.#lock(labId, name);
      try {
        // lab.json first: what a crash in between leaves behind is not a lab.
        await rm(join(folder, 'lab.json'), { recursive: true, force: true });
        for (const name of names.filter((other) => other !== LOCK_FILE)) {
          await rm(join(folder, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
        }
      } finally {
        lock.release();
      }
      // Windows does not delete a file that is open; without its lab.json nobody takes the folder for a lab.
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    });
  }
}

/** A lab that only this Raftlab may open, and the contents of its lab.json when it was taken. */
export interface TakenLab {
  readonly file: LabFile;
  readonly lock: FolderLock;
}

export type LabLimits = Pick<LabFile, 'compaction' | 'dataBytesMax'>;

export interface DamagedLab {
  readonly labId: string;
  readonly problem: LabError;
}
