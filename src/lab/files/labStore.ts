/** The labs on disk: `labs/<labId>/` with lab.json and a folder for each node. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { ListedLab } from '../../contract/answers.ts';
import type { CommandInput } from '../../contract/commands.ts';
import { LabError } from '../../contract/errors.ts';
import type { Simulation } from '../../contract/time.ts';
import { errorCodeOf } from '../../node/storage/errors.ts';
import { removeAll, untilLetGo } from '../../node/storage/heldByOthers.ts';
import { tryLockFolder } from '../../node/storage/lock.ts';
import type { FolderLock } from '../../node/storage/lock.ts';
import type { Pace } from '../../trace/events.ts';
import { RAFTLAB_VARIANT } from '../../trace/variant.ts';
import type { RaftVariant } from '../../trace/variant.ts';
import { newLabRecord } from '../../sim/lab/labRecord.ts';
import { isSeedRun, newSeedRecord, seedName } from '../../sim/lab/seedRecord.ts';
import type { LabLog } from '../service.ts';
import { onDisk } from './diskError.ts';
import type { JsonReading } from './jsonFile.ts';
import { copyLab, copyOf } from './labCopy.ts';
import type { Adopter } from './labCopy.ts';
import { continuationOf, continueLab } from './labContinuation.ts';
import type { ContentsReader } from './labContinuation.ts';
import { labFileIn, labOf, nameIn, newLabFile, summaryOf } from './labFile.ts';
import type { LabFile } from './labFile.ts';
import { clockMs } from '../../node/clock.ts';

/** Far more than anybody keeps; a bound on what `list` reads. */
const LABS_MAX = 200;
const LAB_FOLDER = /^[a-z0-9-]{1,64}$/;
const LOCK_FILE = 'lab.lock';
const LAB_FILE = 'lab.json';
/** The name of lab.json while its lab is being deleted. */
const DELETED_LAB_FILE = 'lab.json.deleted';

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
    const names = entries.filter((entry) => entry.isDirectory() && LAB_FOLDER.test(entry.name)).map(({ name }) => name);
    // All at once: where a cloud drive holds each of them, they are waited for together.
    const readings = await Promise.all(names.map(
      async (folderName) => ({ folderName, reading: await labFileIn(this.folderOf(folderName)).read() }),
    ));
    for (const { folderName, reading } of readings) {
      try {
        labs.push(labInFolder(folderName, reading));
      } catch (error) {
        const problem = error instanceof LabError ? error : new LabError('internal', String(error));
        // A folder without a lab.json was never a lab, or is one that is being deleted.
        if (problem.code !== 'unknown-lab') {
          this.#log.warn(`lab ${folderName}: ${problem.message}`);
          damaged.push({ labId: folderName, name: nameIn(reading), problem });
        }
      }
    }
    labs.sort((a, b) => b.openedAtMs - a.openedAtMs);
    return { labs, damaged };
  }

  /** What `list` finds, for people. @throws {LabError} as `list` */
  async summaries(): Promise<readonly ListedLab[]> {
    const { labs, damaged } = await this.list();
    return [
      ...labs.map(summaryOf),
      ...damaged.map(({ labId, name, problem }) => ({ labId, name, isOpen: false, problem: problem.message } as const)),
    ];
  }

  /** @throws {LabError} as labOf */
  async read(labId: string): Promise<LabFile> {
    return labInFolder(labId, await labFileIn(this.folderOf(labId)).read());
  }

  /**
   * Creates a lab's folders and its lab.json, or nothing at all.
   * @param settings which Raft it runs, when its nodes take snapshots, and how much keys and values may take; absent:
   *   the defaults
   * @throws {LabError}
   */
  async create(name: string, nodeCount: number, pace: Pace, settings: LabSettings = {}): Promise<LabFile> {
    await this.#checkRoom();
    const { variant = RAFTLAB_VARIANT, simulation, ...limits } = settings;
    const lab = newLabFile({
      labId: randomUUID(), name, pace, variant, createdAtMs: clockMs(), ...limits,
      ...(simulation === undefined ? {} : { simulated: newLabRecord({ nodeCount, pace, variant, simulation }) }),
    }, nodeCount);
    await this.#write(lab);
    return lab;
  }

  async #write(lab: LabFile): Promise<void> {
    const folder = this.folderOf(lab.labId);
    try {
      await onDisk(`the lab “${lab.name}” cannot be made`, folder, async () => {
        for (const { number } of lab.nodes) {
          await mkdir(join(folder, `n${number}`), { recursive: true });
        }
      });
      await labFileIn(folder).write(lab);
    } catch (error) {
      await removeAll(folder).catch(() => undefined); // the first error is reported
      throw error;
    }
  }

  /**
   * Opens the lab that shows the run of a seed. It is made when there is none yet, and deleted again when that fails.
   * @throws what `open` throws, and as `create`
   */
  async openSeed<Opened>(
    { seed, rulesOff = [] }: CommandInput<'lab:openSeed'>, open: (labId: string) => Promise<Opened>,
  ): Promise<Opened> {
    const { labs } = await this.list();
    const there = labs.find(({ simulated }) => simulated !== undefined && isSeedRun(simulated, seed, rulesOff));
    if (there !== undefined) return open(there.labId);
    await this.#checkRoom();
    const simulated = newSeedRecord(seed, rulesOff);
    const { nodeCount, pace, variant } = simulated;
    const lab = newLabFile({
      labId: randomUUID(), name: seedName(seed, rulesOff), pace, variant, createdAtMs: clockMs(), simulated,
    }, nodeCount);
    await this.#write(lab);
    return this.#openNew(lab, open);
  }

  /**
   * Makes a lab for `open`, and deletes it again when that fails: nobody has seen it.
   * @throws what `open` throws, and as `create`
   */
  async createFor<Opened>(
    { name, nodeCount, pace, variant, simulation }: CommandInput<'lab:create'>,
    open: (labId: string) => Promise<Opened>,
  ): Promise<Opened> {
    return this.#openNew(await this.create(name, nodeCount, pace, { variant, simulation }), open);
  }

  async #openNew<Opened>({ labId, name }: LabFile, open: (labId: string) => Promise<Opened>): Promise<Opened> {
    try {
      return await open(labId);
    } catch (error) {
      await this.remove(labId).catch((problem: unknown) => {
        this.#log.warn(`the lab “${name}”, which was not opened, could not be deleted: ${String(problem)}`);
      });
      throw error;
    }
  }

  /** Gives a lab that is open nowhere another name. @throws {LabError} as `take`, or when lab.json cannot be written */
  async rename(labId: string, name: string): Promise<LabFile> {
    const { file, lock } = await this.take(labId);
    try {
      const renamed = { ...file, name };
      await labFileIn(this.folderOf(labId)).write(renamed);
      return renamed;
    } finally {
      lock.release();
    }
  }

  /**
   * Makes a new lab with all that a lab holds that is open nowhere, or nothing at all.
   * @param reader gives a copied raft.db to its new lab
   * @param signal calls it off
   * @throws {LabError} as `take` and `copyLab`
   */
  async copy(labId: string, name: string, reader: Adopter, signal: AbortSignal): Promise<LabFile> {
    const { file, lock } = await this.take(labId);
    try {
      await this.#checkRoom();
      const copy = copyOf(file, { labId: randomUUID(), name, createdAtMs: clockMs() });
      await copyLab(file, copy, { from: this.folderOf(labId), to: this.folderOf(copy.labId), reader, signal });
      return copy;
    } finally {
      lock.release();
    }
  }

  /**
   * Makes a simulated lab for `open` that continues a live one that is open nowhere, or nothing at all.
   * @throws what `open` throws, and as `take` and `continueLab`
   */
  async continueFor<Opened>(
    labId: string, wanted: Continuation, reader: ContentsReader, open: (labId: string) => Promise<Opened>,
  ): Promise<Opened> {
    return this.#openNew(await this.#continue(labId, wanted, reader), open);
  }

  async #continue(labId: string, { name, seed }: Continuation, reader: ContentsReader): Promise<LabFile> {
    const { file, lock } = await this.take(labId);
    try {
      await this.#checkRoom();
      const lab = continuationOf(file, { labId: randomUUID(), name, createdAtMs: clockMs() }, seed);
      await continueLab(file, lab, { from: this.folderOf(labId), to: this.folderOf(lab.labId), reader });
      return lab;
    } finally {
      lock.release();
    }
  }

  /**
   * Takes a lab for this Raftlab: nobody else opens, writes or deletes it until it is let go.
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

  /** @throws {LabError} when there are as many labs as are kept */
  async #checkRoom(): Promise<void> {
    const { labs, damaged } = await this.list();
    if (labs.length + damaged.length >= LABS_MAX) {
      throw new LabError('refused', `there are ${LABS_MAX} labs already: delete one that is no longer needed`);
    }
  }

  /** @param name as the sentence is to call it */
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
   * Deletes a lab with everything in it, even a damaged one. One that cannot be deleted stays in the list.
   * @throws {LabError} `lab-in-use` when another Raftlab has it open; `disk-error` when another program holds a file
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
        await emptyFolder(folder, names);
      } finally {
        lock.release();
      }
      // Windows does not delete a file that is open, such as the lock. A folder without lab.json is not a lab.
      await removeAll(folder);
    });
  }
}

/** Deletes what lies in a lab's folder, but for its lock. */
async function emptyFolder(folder: string, names: readonly string[]): Promise<void> {
  const labFile = join(folder, LAB_FILE);
  const aside = join(folder, DELETED_LAB_FILE);
  await removeAll(aside); // of an earlier deletion that did not end
  // lab.json first: what a crash in between leaves behind is not a lab.
  await renameIfThere(labFile, aside);
  try {
    for (const name of names.filter((other) => ![LOCK_FILE, LAB_FILE, DELETED_LAB_FILE].includes(other))) {
      await removeAll(join(folder, name));
    }
    await removeAll(aside);
  } catch (error) {
    // Otherwise nobody would see what is left of the lab, nor could delete it.
    await renameIfThere(aside, labFile).catch(() => undefined); // why it was not deleted is what is told
    throw error;
  }
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await untilLetGo(() => rename(from, to));
  } catch (error) {
    if (errorCodeOf(error) !== 'ENOENT') {
      throw error;
    }
  }
}

/** A lab that only this Raftlab may open, and the contents of its lab.json when it was taken. */
export interface TakenLab {
  readonly file: LabFile;
  readonly lock: FolderLock;
}

/** What of a new lab has a default. */
export type LabSettings = Pick<LabFile, 'compaction' | 'dataBytesMax'> & {
  readonly variant?: RaftVariant | undefined;
  /** Absent: a live lab. */
  readonly simulation?: Simulation | undefined;
};

interface Continuation {
  readonly name: string;
  readonly seed: number;
}

/** @throws {LabError} as labOf, or when it is another lab's */
function labInFolder(folderName: string, reading: JsonReading<LabFile>): LabFile {
  const lab = labOf(reading);
  if (lab.labId !== folderName) {
    throw new LabError(
      'corrupt-file',
      `the folder ${folderName} holds the lab.json of another lab: give the folder its old name back, ${lab.labId}`,
    );
  }
  return lab;
}

export interface DamagedLab {
  readonly labId: string;
  /** As far as its lab.json still tells it; null when it does not. */
  readonly name: string | null;
  readonly problem: LabError;
}
