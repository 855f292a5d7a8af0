// Runs other programs, keeping their output for the message when they fail.
import { spawn } from 'node:child_process';
import { npmCall } from './npm.mjs';
import { programCall } from './programs.mjs';

/** How much of a program's output is kept: enough for the cause of a failure, however much it prints. */
const KEPT_OUTPUT_CHARACTERS = 20_000;
/** Some programs give the cause first and some last, so both ends are shown. */
const SHOWN_LINES_AT_START = 8;
const SHOWN_LINES_AT_END = 20;

/** A program that could not be started, failed, or was stopped. */
export class CommandError extends Error {
  /**
   * @param {string} commandLine
   * @param {string} reason
   * @param {string} output what it printed
   */
  constructor(commandLine, reason, output) {
    const shown = excerpt(output);
    super(`${commandLine}: ${reason}${shown === '' ? '' : `\n${shown}`}`);
    this.name = 'CommandError';
  }
}

/**
 * The start and the end of a long text.
 * @param {string} text
 */
export function excerpt(text) {
  const lines = text.trimEnd().split(/\r?\n/);
  if (lines.length <= SHOWN_LINES_AT_START + SHOWN_LINES_AT_END) return lines.join('\n');
  return [...lines.slice(0, SHOWN_LINES_AT_START), '…', ...lines.slice(-SHOWN_LINES_AT_END)].join('\n');
}

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {readonly string[]} commandArguments
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, signal?: AbortSignal }} [options]
 * @returns {Promise<string>} what it printed on standard output
 * @throws {CommandError} when it does not exit with 0
 */
export function run(command, commandArguments, options = {}) {
  const commandLine = [command, ...commandArguments].join(' ');
  return new Promise((resolve, reject) => {
    const call = programCall(command, commandArguments, options.env);
    const child = spawn(call.file, call.fileArguments, {
      ...options, ...call.options, stdio: ['ignore', 'pipe', 'pipe'],
    });
    let standardOutput = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      standardOutput += text;
      output = (output + text).slice(-KEPT_OUTPUT_CHARACTERS);
    });
    child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      output = (output + text).slice(-KEPT_OUTPUT_CHARACTERS);
    });
    child.once('error', (error) => {
      reject(new CommandError(commandLine, error.message, output));
    });
    child.once('close', (code, signal) => {
      if (code === 0) resolve(standardOutput);
      else reject(new CommandError(commandLine, signal === null ? `exit code ${code}` : `ended by ${signal}`, output));
    });
  });
}

/**
 * Runs npm: the one that started this script, otherwise the one on the PATH.
 * @param {readonly string[]} commandArguments
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 */
export function npm(commandArguments, options = {}) {
  const { command, leadingArguments } = npmCall();
  return run(command, [...leadingArguments, ...commandArguments], options);
}
