/** A cluster's configuration as JSON text, as raft.db holds it: readable for people, checked when it is read back. */
import * as z from 'zod/mini';
import type { Configuration } from '../../raft/types.ts';

const ids = z.array(z.int().check(z.minimum(1)));
const configurationSchema = z.object({
  voters: ids, votersOutgoing: ids, learners: ids, learnersNext: ids, autoLeave: z.boolean(),
}) satisfies z.ZodMiniType<Configuration>;

/** Reads a configuration back. @returns undefined when the text is not a configuration: the file is then corrupt */
export function parseConfiguration(text: string): Configuration | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const result = configurationSchema.safeParse(value);
  return result.success ? result.data : undefined;
}
