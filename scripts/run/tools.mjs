// The installed command-line tools, run by their own script files under the project's Node on every platform.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentWithNode } from '../setup/programs.mjs';
import { modulesDirectory, projectDirectory, projectNode } from '../setup/project.mjs';
import { runInForeground } from './program.mjs';

/**
 * The script file behind a tool of a package.
 * @param {string} packageName
 * @param {string} [toolName] when it differs from the package's name
 * @throws {Error} when the package has no such tool
 */
export function toolScript(packageName, toolName = packageName) {
  const directory = join(modulesDirectory, packageName);
  const { bin } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const script = typeof bin === 'string' ? bin : bin?.[toolName];
  if (typeof script !== 'string') throw new Error(`The package ${packageName} has no tool named ${toolName}`);
  return join(directory, script);
}

/**
 * Runs a tool in the foreground, in the checkout's top folder.
 * @param {string} packageName
 * @param {readonly string[]} toolArguments
 * @param {{ toolName?: string, env?: NodeJS.ProcessEnv, stdio?: import('node:child_process').StdioOptions }} [options]
 * @returns {Promise<number>} its exit code
 */
export function runTool(packageName, toolArguments, options = {}) {
  const node = projectNode();
  const env = environmentWithNode(node, { ...process.env, ...options.env });
  const stdio = options.stdio ?? 'inherit';
  return runInForeground(node, [toolScript(packageName, options.toolName), ...toolArguments], {
    cwd: projectDirectory,
    env,
    stdio,
  });
}
