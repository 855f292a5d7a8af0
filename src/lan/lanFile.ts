/** lan.json: who this machine is on the LAN, and the codes of the labs that it hosts. Readable by its owner alone. */
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname } from 'node:path';
import { z } from 'zod';
import { labIdSchema } from '../contract/commands.ts';
import { LabError } from '../contract/errors.ts';
import { MACHINE_NAME_MAX, machineNameSchema } from '../contract/lan.ts';
import { onDisk } from '../lab/files/diskError.ts';
import { JsonFile } from '../lab/files/jsonFile.ts';
import { SerialQueue } from '../lab/serialQueue.ts';
import { isPrivateKey, newPrivateKey } from './identity/machineKey.ts';
import { sessionSchema, signedSessionSchema } from './identity/session.ts';

const LAN_FILE_VERSION = 2;
/** Labs whose codes are kept; those used longest ago are forgotten, and get a new code. */
const HOSTED_MAX = 100;
/** Sessions of machines that are kept of one lab: of three classes. */
export const GUESTS_OF_LAB_MAX = 100;
const GUESTS_MAX = HOSTED_MAX * GUESTS_OF_LAB_MAX;
/** Labs that were joined, whose sessions are kept. */
const JOINED_MAX = 100;

const hostedSchema = z.strictObject({
  labId: labIdSchema, code: z.string().max(80), port: z.int().min(0).max(65_535),
});
/** `hostId`: as whom this machine was host then. */
const guestSchema = signedSessionSchema.extend({ labId: labIdSchema, hostId: z.uuid(), machineId: z.uuid() });
const lanFileSchema = z.strictObject({
  version: z.literal(LAN_FILE_VERSION),
  /** The key by which every host knows this machine (identity/machineKey.ts). */
  privateKey: z.string().max(200).refine(isPrivateKey),
  machineName: machineNameSchema,
  /** Whether a host may act on this machine's nodes: asked once, kept until it is taken back. */
  permits: z.boolean().nullable(),
  /** The labs that this machine has opened to the LAN: their codes stay the same until they are renewed. */
  hosted: z.array(hostedSchema).max(HOSTED_MAX),
  /** The sessions of the machines that have joined its labs, the latest last (identity/session.ts). */
  guests: z.array(guestSchema).max(GUESTS_MAX),
  /** Its own sessions in the labs that it has joined, the latest last. */
  joined: z.array(sessionSchema.extend({ labId: labIdSchema, hostId: z.uuid() })).max(JOINED_MAX),
});
/** Version 1 had an id by chance, which anybody could say: to its hosts the machine is a new one. */
const formerFileSchema = z.strictObject({
  version: z.literal(1),
  machineId: z.uuid(),
  machineName: machineNameSchema,
  permits: z.boolean().nullable(),
  hosted: z.array(hostedSchema).max(HOSTED_MAX),
}).transform(({ machineName, permits, hosted }): z.output<typeof lanFileSchema> => ({
  version: LAN_FILE_VERSION, privateKey: newPrivateKey(), machineName, permits, hosted, guests: [], joined: [],
}));
const anyFileSchema = z.discriminatedUnion('version', [lanFileSchema, formerFileSchema]);
export type LanFile = z.output<typeof lanFileSchema>;

/** lan.json as it is now: read once, changed on disk and then in memory. */
export class LanFileKeeper {
  readonly #path: string;
  readonly #json: JsonFile<LanFile>;
  /** Changes, one after the other: none is based on what another one is about to replace. */
  readonly #queue = new SerialQueue();
  #file: LanFile | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#json = new JsonFile({ path, schema: anyFileSchema, version: LAN_FILE_VERSION });
  }

  /**
   * What this machine is on the LAN. A machine that has no lan.json yet is a new one.
   * @throws {LabError} when there is one that cannot be read: nobody is to become another machine without knowing
   */
  read(): Promise<LanFile> {
    return this.#queue.run(() => this.#read());
  }

  /**
   * Changes the file.
   * @returns the file as it is on disk now
   * @throws {LabError} when it cannot be read, or the change not be kept; then nothing has changed
   */
  change(change: (file: LanFile) => LanFile): Promise<LanFile> {
    return this.#queue.run(async () => {
      const changed = change(await this.#read());
      const file = {
        ...changed, hosted: changed.hosted.slice(-HOSTED_MAX), guests: changed.guests.slice(-GUESTS_MAX),
        joined: changed.joined.slice(-JOINED_MAX),
      };
      const folder = dirname(this.#path);
      await onDisk(`${basename(this.#path)} cannot be saved`, folder, () => mkdir(folder, { recursive: true }));
      await this.#json.write(file);
      this.#file = file;
      return file;
    });
  }

  /** Keeps code and port of a lab that is hosted here. @throws {LabError} as `change` */
  async keepHosted(labId: string, code: string, port: number): Promise<void> {
    await this.change((file) => ({
      ...file, hosted: [...file.hosted.filter((other) => other.labId !== labId), { labId, code, port }],
    }));
  }

  async #read(): Promise<LanFile> {
    this.#file ??= await this.#readFromDisk();
    return this.#file;
  }

  async #readFromDisk(): Promise<LanFile> {
    const reading = await this.#json.read();
    const what = `the file ${this.#path}, which says who this machine is on the network,`;
    switch (reading.type) {
      case 'value':
        return reading.value;
      case 'missing':
        return {
          version: LAN_FILE_VERSION, privateKey: newPrivateKey(), machineName: usualMachineName(), permits: null,
          hosted: [], guests: [], joined: [],
        };
      case 'newer':
        throw new LabError(
          'lab-newer', `${what} was written by a newer Raftlab (format ${reading.version}): use that version`,
        );
      case 'unreadable':
        throw new LabError(
          'disk-error', `${what} cannot be read (${reading.code}): give yourself the right to read it`,
        );
      case 'damaged':
        throw new LabError(
          'corrupt-file',
          `${what} is damaged${reading.where === '' ? '' : ` at ${reading.where}`}: put a good copy in its place. Or `
          + 'delete it: then this machine is a new one to every host, and the labs that it hosts get new join codes',
        );
    }
  }
}

/** What a machine is called unless somebody gives it another name. @param host the system's name for it */
export function usualMachineName(host = hostname()): string {
  const name = machineNameSchema.safeParse(host.slice(0, MACHINE_NAME_MAX));
  return name.success ? name.data : 'a lab machine';
}
