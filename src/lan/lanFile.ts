/** lan.json: who this machine is on the LAN, and the codes of the labs that it hosts. Readable by its owner alone. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { z } from 'zod';
import { labIdSchema } from '../contract/commands.ts';
import { MACHINE_NAME_MAX, machineNameSchema } from '../contract/lan.ts';

const BYTES_MAX = 256 * 1024;
/** Labs whose codes are kept; those used longest ago are forgotten, and get a new code. */
const HOSTED_MAX = 100;

const lanFileSchema = z.strictObject({
  version: z.literal(1),
  machineId: z.uuid(),
  machineName: machineNameSchema,
  /** Whether a host may act on this machine's nodes: asked once, kept until it is taken back. */
  permits: z.boolean().nullable(),
  /** The labs that this machine has opened to the LAN: their codes stay the same until they are renewed. */
  hosted: z.array(z.strictObject({
    labId: labIdSchema, code: z.string().max(80), port: z.int().min(0).max(65_535),
  })).max(HOSTED_MAX),
});
export type LanFile = z.output<typeof lanFileSchema>;

/** lan.json as it is now: read once, changed in memory and on disk. */
export class LanFileKeeper {
  readonly #path: string;
  #file: Promise<LanFile> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  read(): Promise<LanFile> {
    this.#file ??= readLanFile(this.#path);
    return this.#file;
  }

  async change(change: (file: LanFile) => LanFile): Promise<LanFile> {
    const file = change(await this.read());
    this.#file = Promise.resolve(file);
    await writeLanFile(this.#path, file);
    return file;
  }

  /** Keeps code and port of a lab that is hosted here. */
  async keepHosted(labId: string, code: string, port: number): Promise<void> {
    await this.change((file) => ({
      ...file, hosted: [...file.hosted.filter((other) => other.labId !== labId), { labId, code, port }],
    }));
  }
}

/** Reads lan.json; a machine that has none, or a damaged one, is a new machine to every host. */
export async function readLanFile(path: string): Promise<LanFile> {
  try {
    const text = await readFile(path, 'utf8');
    const parsed = text.length > BYTES_MAX ? undefined : lanFileSchema.safeParse(JSON.parse(text));
    if (parsed?.success === true) {
      return parsed.data;
    }
  } catch {
    // None yet, or none that can be read.
  }
  const machineName = hostname().slice(0, MACHINE_NAME_MAX).trim() || 'a lab machine';
  return { version: 1, machineId: randomUUID(), machineName, permits: null, hosted: [] };
}

/** Writes lan.json whole or not at all. */
export async function writeLanFile(path: string, file: LanFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.new`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    const kept = { ...file, hosted: file.hosted.slice(-HOSTED_MAX) };
    await handle.writeFile(`${JSON.stringify(kept, null, 2)}\n`, 'utf8');
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
}
