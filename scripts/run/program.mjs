// Runs a program in the foreground: it has the terminal, and its exit code becomes ours.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { programCall } from '../setup/programs.mjs';

/** The exit code that shells use for a program that a signal ended: this plus the signal's number. */
const SIGNAL_EXIT_BASE = 128;

/** How often it is looked whether npm is still there. */
const PARENT_LOOK_MS = 250;

/**
 * Calls back when npm has been ended. npm passes a signal on to the shell by which it runs scripts, and some shells
 * (dash) end without passing it on: this process is then left behind, with another parent.
 * @param {() => void} onGone
 * @returns {() => void} stops looking
 */
function whenNpmIsGone(onGone) {
  // Windows gives a process no other parent, and takes long to tell which it has.
  if (process.env['npm_lifecycle_event'] === undefined || process.platform === 'win32') return () => undefined;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, PARENT_LOOK_MS);
  return () => {
    clearInterval(timer);
  };
}

/**
 * Runs a program to its end; Ctrl+C is left to the program. It is ended cleanly when this process gets SIGTERM, or was
 * started by npm and npm is ended.
 * @param {string} command
 * @param {readonly string[]} commandArguments
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, stdio?: import('node:child_process').StdioOptions }} [options]
 * @returns {Promise<number>} its exit code
 */
export function runInForeground(command, commandArguments, options = {}) {
  const ignoreInterrupt = () => undefined;
  process.on('SIGINT', ignoreInterrupt);
  return new Promise((resolve, reject) => {
    const call = programCall(command, commandArguments, options.env);
    const child = spawn(call.file, call.fileArguments, { stdio: 'inherit', ...options, ...call.options });
    const passOn = () => {
      child.kill('SIGTERM');
    };
    process.once('SIGTERM', passOn);
    const stopLooking = whenNpmIsGone(passOn);
    child.once('error', (error) => {
      stopLooking();
      reject(error);
    });
    child.once('close', (code, signal) => {
      process.removeListener('SIGTERM', passOn);
      stopLooking();
      resolve(code ?? SIGNAL_EXIT_BASE + (signal === null ? 0 : constants.signals[signal]));
    });
  }).finally(() => {
    process.removeListener('SIGINT', ignoreInterrupt);
  });
}
