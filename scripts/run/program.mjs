// Runs a program in the foreground: it has the terminal, and its exit code becomes ours.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** The exit code that shells use for a program that a signal ended: this plus the signal's number. */
const SIGNAL_EXIT_BASE = 128;

/**
 * Runs a program to its end; Ctrl+C is left to the program.
 * @param {string} command
 * @param {readonly string[]} commandArguments
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, stdio?: import('node:child_process').StdioOptions }} [options]
 * @returns {Promise<number>} its exit code
 */
export function runInForeground(command, commandArguments, options = {}) {
  const ignoreInterrupt = () => undefined;
  process.on('SIGINT', ignoreInterrupt);
  return new Promise((resolve, reject) => {
    const child = spawn(command, commandArguments, { stdio: 'inherit', ...options });
    const passOn = () => {
      child.kill('SIGTERM');
    };
    process.once('SIGTERM', passOn);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      process.removeListener('SIGTERM', passOn);
      resolve(code ?? SIGNAL_EXIT_BASE + (signal === null ? 0 : constants.signals[signal]));
    });
  }).finally(() => {
    process.removeListener('SIGINT', ignoreInterrupt);
  });
}
