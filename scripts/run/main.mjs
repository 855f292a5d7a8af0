// The frame of every script: an error ends it with a readable message and a failing exit code.
import { say } from '../setup/progress.mjs';

/**
 * Runs a script's body and uses its result as the exit code.
 * @param {() => Promise<number>} body
 */
export async function main(body) {
  try {
    process.exitCode = await body();
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
