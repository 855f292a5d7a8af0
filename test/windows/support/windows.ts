/** What runs Windows programs here, as scripts/testWindows.mjs found it. */
import { z } from 'zod';

declare module 'vitest' {
  interface ProvidedContext {
    /** The checkout's top folder for Windows' Node. */
    windowsCheckout: string;
    /** The terminal lab's path in there, in the form that starts soonest. */
    windowsLab: string;
  }
}

const schema = z.object({
  command: z.string(), words: z.array(z.string()), env: z.record(z.string(), z.string()),
});

export type Windows = z.infer<typeof schema>;

/** @throws {Error} where `npm run test:windows` has not said it */
export function readWindows(): Windows {
  return schema.parse(JSON.parse(process.env['RAFTLAB_WINDOWS'] ?? 'null'), {
    error: () => 'RAFTLAB_WINDOWS says what runs Windows programs: `npm run test:windows` sets it',
  });
}

/** What Node for Windows, which is an older one under Wine, needs to run the sources. */
export const windowsNodeOptions: readonly string[] = ['--experimental-strip-types', '--no-warnings'];

/** A path as Windows' programs write it: Wine shows this machine's files as drive Z:. */
export function windowsPath(path: string): string {
  return process.platform === 'win32' ? path : `Z:${path}`;
}
