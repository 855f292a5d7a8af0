/** Loaded into a thread before it runs seeds: applies one mutation to the source that the thread then runs. */
import { registerHooks } from 'node:module';
import { env } from 'node:process';
import { MUTATIONS } from './mutations.ts';

/** The variable that names the mutation. */
export const MUTATION_VARIABLE = 'RAFTLAB_MUTATION';

const mutation = MUTATIONS.find(({ name }) => name === env[MUTATION_VARIABLE]);
if (mutation !== undefined) {
  const url = new URL(`../../src/${mutation.file}`, import.meta.url).href;
  registerHooks({
    load: (loaded, context, nextLoad) => {
      const result = nextLoad(loaded, context);
      if (loaded !== url) {
        return result;
      }
      const source = new TextDecoder().decode(result.source as Uint8Array);
      const parts = source.split(mutation.find);
      if (parts.length !== 2) {
        throw new Error(`${mutation.file} has ${parts.length - 1} times what “${mutation.name}” replaces`);
      }
      return { ...result, source: parts.join(mutation.replace) };
    },
  });
}
