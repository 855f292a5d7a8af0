/** The folder that holds everything Raftlab keeps: it must exist before anything else can start. */
import { accessSync, constants, mkdirSync } from 'node:fs';

/**
 * Creates the folder if it is missing, and checks that it is writable.
 * @returns null, or a sentence for a person that says what is wrong
 */
export function makeUsable(folder: string): string | null {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `The folder ${folder} cannot be used (${reason}). Free it, or start Raftlab with --data and another folder.`;
  }
}
