/** lan.json: who this machine is on the LAN, and the codes of the labs that it hosts. Readable by its owner alone. */
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname } from 'node:path';
import { z } from 'zod';
import { labIdSchema } from '../contract/commands.ts';
import { LabError } from '../contract/errors.ts';
import { MACHINE_NAME_MAX } from '../contract/lan.ts';
import { readableName } from '../contract/names.ts';
import { onDisk } from '../lab/files/diskError.ts';
import { JsonFile } from '../lab/files/jsonFile.ts';
import { SerialQueue } from '../lab/serialQueue.ts';
import { tryLockFolder } from '../node/storage/lock.ts';
import type { FolderLock } from '../node/storage/lock.ts';
import { isPrivateKey, newPrivateKey } from './identity/machineKey.ts';
import { sessionSchema, signedSessionSchema } from './identity/session.ts';

const LAN_FILE_VERSION = 2;
/** The most labs whose codes are kept; those used longest ago are forgotten and get a new code. */
const HOSTED_MAX = 100;
/** The most sessions of machines that are kept for one lab: enough for three classes. */
export const GUESTS_OF_LAB_MAX = 100;
const GUESTS_MAX = HOSTED_MAX * GUESTS_OF_LAB_MAX;
/** The most joined labs whose sessions are kept. */
const JOINED_MAX = 100;
/** The lock that one Raftlab on the data folder holds while it reads, changes and writes the file. */
const LOCK_FILE = 'lan.lock';
/** Five seconds in total: many times what a slow disk takes for a small file. */
const LOCK_TRIES = 250;
const LOCK_PAUSE_MS = 20;

const NAMELESS = 'a lab machine';
/** Earlier versions accepted names that cannot be displayed. */
const keptNameSchema = z.string().trim().min(1).max(MACHINE_NAME_MAX)
  .transform((name) => readableName(name, MACHINE_NAME_MAX, NAMELESS));

const hostedSchema = z.strictObject({
  labId: labIdSchema, code: z.string().max(80), port: z.int().min(0).max(65_535),
});
/** `hostId`: this machine's id when it was the host. */
const guestSchema = signedSessionSchema.extend({ labId: labIdSchema, hostId: z.uuid(), machineId: z.uuid() });
const lanFileSchema = z.strictObject({
  version: z.literal(LAN_FILE_VERSION),
  /** The key by which every host knows this machine (identity/machineKey.ts). */
  privateKey: z.string().max(200).refine(isPrivateKey),
  machineName: keptNameSchema,
  /** Whether a host may act on this machine's nodes: asked once, kept until it is revoked. */
  permits: z.boolean().nullable(),
  /** The labs that this machine has opened to the LAN; a code stays the same until it is renewed. */
  hosted: z.array(hostedSchema).max(HOSTED_MAX),
  /** The sessions of the machines that have joined its labs, the latest last (identity/session.ts). */
  guests: z.array(guestSchema).max(GUESTS_MAX),
  /** Its own sessions in the labs that it has joined, the latest last. */
  joined: z.array(sessionSchema.extend({ labId: labIdSchema, hostId: z.uuid() })).max(JOINED_MAX),
});
/** Version 1 had a random id, which anybody could claim: its hosts see the machine as a new one. */
const formerFileSchema = z.strictObject({
  version: z.literal(1),
  machineId: z.uuid(),
  machineName: keptNameSchema,
  permits: z.boolean().nullable(),
  hosted: z.array(hostedSchema).max(HOSTED_MAX),
}).transform(({ machineName, permits, hosted }): z.output<typeof lanFileSchema> => ({
  version: LAN_FILE_VERSION, privateKey: newPrivateKey(), machineName, permits, hosted, guests: [], joined: [],
}));
const anyFileSchema = z.discriminatedUnion('version', [lanFileSchema, formerFileSchema]);
export type LanFile = z.output<typeof lanFileSchema>;

/** lan.json on disk. Nothing is cached, because another Raftlab on the same data folder may change it. */
export class LanFileKeeper {
  readonly #path: string;
  readonly #json: JsonFile<LanFile>;
  /** Makes changes one after the other, so that none is based on outdated content. */
  readonly #queue = new SerialQueue();
  /** The content while there is no file: the same at each reading; the first change writes it. */
  #new: LanFile | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#json = new JsonFile({ path, schema: anyFileSchema, version: LAN_FILE_VERSION });
  }

  /**
   * Reads this machine's identity on the LAN. A machine without lan.json is a new one.
   * @throws {LabError} when the file cannot be read: a machine must not change its identity unnoticed
   */
  read(): Promise<LanFile> {
    return this.#queue.run(async () => await this.#readFromDisk() ?? this.#newFile());
  }

  /**
   * The key by which every host knows this machine. It is on disk before anybody knows it, so the machine has one key
   * even if another Raftlab on this data folder writes first.
   * @throws {LabError} as `read`; when a new key cannot be saved
   */
  async privateKey(): Promise<string> {
    const kept = await this.#queue.run(() => this.#readFromDisk()) ?? await this.change((file) => file);
    return kept.privateKey;
  }

  /**
   * Changes the file.
   * @returns the file as it is on disk now
   * @throws {LabError} when it cannot be read or the change cannot be saved; then nothing has changed. `busy` when
   *   another Raftlab on this data folder does not release it
   */
  change(change: (file: LanFile) => LanFile): Promise<LanFile> {
    return this.#queue.run(async () => {
      const folder = dirname(this.#path);
      await onDisk(`${basename(this.#path)} cannot be saved`, folder, () => mkdir(folder, { recursive: true }));
      const lock = await lockForChange(folder);
      try {
        const changed = change(await this.#readFromDisk() ?? this.#newFile());
        const file = {
          ...changed, hosted: changed.hosted.slice(-HOSTED_MAX), guests: changed.guests.slice(-GUESTS_MAX),
          joined: changed.joined.slice(-JOINED_MAX),
        };
        await this.#json.write(file);
        return file;
      } finally {
        lock.release();
      }
    });
  }

  /** Saves the code and port of a lab that is hosted here. @throws {LabError} as `change` */
  async keepHosted(labId: string, code: string, port: number): Promise<void> {
    await this.change((file) => ({
      ...file, hosted: [...file.hosted.filter((other) => other.labId !== labId), { labId, code, port }],
    }));
  }

  #newFile(): LanFile {
    this.#new ??= {
      version: LAN_FILE_VERSION, privateKey: newPrivateKey(), machineName: usualMachineName(), permits: null,
      hosted: [], guests: [], joined: [],
    };
    return this.#new;
  }

  async #readFromDisk(): Promise<LanFile | undefined> {
    const reading = await this.#json.read();
    const what = `the file ${this.#path}, which says who this machine is on the network,`;
    switch (reading.type) {
      case 'value':
        return reading.value;
      case 'missing':
        return undefined;
      case 'newer':
        throw new LabError(
          'lab-newer', `${what} was written by a newer Raftlab (format ${reading.version}): use that version`,
        );
      case 'unreadable':
        throw new LabError('disk-error', `${what} cannot be read (${reading.code}): ${adviceFor(reading.code)}`);
      case 'held':
        throw reading.problem;
      case 'damaged':
        throw new LabError(
          'corrupt-file',
          `${what} is damaged${reading.where === '' ? '' : ` at ${reading.where}`}: put a good copy in its place. Or `
          + 'delete it: then this machine is a new one to every host, and the labs that it hosts get new join codes',
        );
    }
  }
}

function adviceFor(code: string): string {
  switch (code) {
    case 'EISDIR':
      return 'it is a folder: move it away';
    case 'EACCES':
    case 'EPERM':
      return 'give yourself the right to read it';
    default:
      return 'check the disk';
  }
}

/** @throws {LabError} `busy` when another Raftlab keeps the lock for longer than any change takes */
async function lockForChange(folder: string): Promise<FolderLock> {
  for (let tries = 0; tries < LOCK_TRIES; tries += 1) {
    const lock = tryLockFolder(folder, LOCK_FILE);
    if (lock !== undefined) return lock;
    await new Promise((resolve) => {
      setTimeout(resolve, LOCK_PAUSE_MS);
    });
  }
  throw new LabError('busy', `another Raftlab is changing lan.json in ${folder} and does not finish: close it`);
}

/** The machine's name unless somebody gives it another one. @param host the system's name for it */
export function usualMachineName(host = hostname()): string {
  return readableName(host, MACHINE_NAME_MAX, NAMELESS);
}
