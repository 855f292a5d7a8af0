/** The licences of everything that Raftlab ships, from the list that the build wrote (scripts/package/licences.mjs). */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Licence } from '../contract/answers.ts';
import { LabError } from '../contract/errors.ts';

const licencesSchema = z.array(z.object({
  name: z.string(), version: z.string(), licence: z.string(), text: z.string(),
})) satisfies z.ZodType<readonly Licence[]>;

/**
 * Reads the list.
 *
 * @param path `licences.json` beside the bundles
 * @throws {LabError} `disk-error` when the list does not exist, as under the development server
 */
export async function readLicences(path: string): Promise<readonly Licence[]> {
  try {
    return licencesSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    throw new LabError('disk-error', 'The list of licences is not here. It is made when Raftlab is built.');
  }
}
