// Runs other programs, keeping their output for the message when they fail.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

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
  const lines = text.trimEnd().split('\n');
  if (lines.length <= SHOWN_LINES_AT_START + SHOWN_LINES_AT_END) return lines.join('\n');
  return [...lines.slice(0, SHOWN_LINES_AT_START), '…', ...lines.slice(-SHOWN_LINES_AT_END)].join('\n');
}

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {readonly string[]} commandArguments
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, shell?: boolean, signal?: AbortSignal }} [options]
 * @returns {Promise<string>} what it printed on standard output
 * @throws {CommandError} when it does not exit with 0
 */
export function run(command, commandArguments, options = {}) {
  const commandLine = [command, ...commandArguments].join(' ');
  return new Promise((resolve, reject) => {
    const child = spawn(command, commandArguments, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
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
  const script = process.env['npm_execpath'];
  if (script?.endsWith('.js') === true && existsSync(script)) {
    // npm's own Node, not the one inside node_modules, which npm may be about to replace.
    const node = process.env['npm_node_execpath'] ?? process.execPath;
    return run(node, [script, ...commandArguments], options);
  }
  return run('npm', commandArguments, { ...options, shell: process.platform === 'win32' });
}

/**
 * Finds a program on the PATH.
 * @param {string} name
 * @returns {string | undefined} its path
 */
export function findProgram(name) {
  // Administrators' programs are often left out of an ordinary user's PATH.
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.filter((folder) => folder !== '').map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/**
 * The environment for a program that should find the project's own tools first.
 * @param {string} node the Node executable that `node` should mean
 * @returns {NodeJS.ProcessEnv}
 */
export function environmentWithNode(node) {
  return { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}` };
}
