/** The labs on disk: `labs/<labId>/` with lab.json and a folder for each node. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../contract/errors.ts';
import type { CompactionSettings } from '../node/compactionPolicy.ts';
import type { Pace } from '../trace/events.ts';
import type { LabFile } from './labFile.ts';
import { newLabFile, readLabFile, writeLabFile } from './labFile.ts';
import type { LabLog } from './service.ts';

/** Far more than anybody keeps; a bound on what `list` reads. */
const LABS_MAX = 200;
const LAB_FOLDER = /^[a-z0-9-]{1,64}$/;

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

  /** All labs that can be read, the one opened last first, and what is wrong with those that cannot. */
  async list(): Promise<{ readonly labs: readonly LabFile[]; readonly damaged: readonly DamagedLab[] }> {
    await mkdir(this.#folder, { recursive: true });
    const labs: LabFile[] = [];
    const damaged: DamagedLab[] = [];
    for (const entry of await readdir(this.#folder, { withFileTypes: true })) {
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

  /** @throws {LabError} as readLabFile */
  async read(labId: string): Promise<LabFile> {
    const lab = await readLabFile(this.folderOf(labId));
    if (lab.labId !== labId) {
      throw new LabError(
        'corrupt-file',
        `the folder ${labId} holds the lab.json of another lab: give the folder its old name back, ${lab.labId}`,
      );
    }
    return lab;
  }

  /** Makes a lab's folders and its lab.json. @param compaction when its nodes take snapshots; absent: as usual */
  async create(name: string, nodeCount: number, pace: Pace, compaction?: CompactionSettings): Promise<LabFile> {
    const { labs, damaged } = await this.list();
    if (labs.length + damaged.length >= LABS_MAX) {
      throw new LabError('refused', `there are ${LABS_MAX} labs already: delete one that is no longer needed`);
    }
    const lab = newLabFile({ labId: randomUUID(), name, pace, createdAtMs: Date.now(), compaction }, nodeCount);
    for (const { number } of lab.nodes) {
      await mkdir(join(this.folderOf(lab.labId), `n${number}`), { recursive: true });
    }
    await writeLabFile(this.folderOf(lab.labId), lab);
    return lab;
  }

  async write(lab: LabFile): Promise<void> {
    await writeLabFile(this.folderOf(lab.labId), lab);
  }

  /** Deletes a lab with everything in it; a damaged one too. */
  async remove(labId: string): Promise<void> {
    // lab.json first: what a crash in between leaves behind is then no lab any more.
    await rm(join(this.folderOf(labId), 'lab.json'), { force: true });
    await rm(this.folderOf(labId), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

export interface DamagedLab {
  readonly labId: string;
  readonly problem: LabError;
}
