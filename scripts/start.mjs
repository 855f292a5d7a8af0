// `npm start`: opens the lab's window; none where there is no display, or when asked with --terminal or --headless.
import { build } from './run/build.mjs';
import { hasDisplay } from './run/display.mjs';
import { main } from './run/main.mjs';
import { runInForeground } from './run/program.mjs';
import { electronSwitches, locateElectron, sandboxProblem } from './electron/locate.mjs';
import { say } from './setup/progress.mjs';
import { projectDirectory, projectNode, projectPath } from './setup/project.mjs';
import { readStamp } from './setup/stamp.mjs';

const TERMINAL_FLAG = '--terminal';
/** Options that only the lab without a window understands. */
const WINDOWLESS_FLAGS = [
  '--headless', '--console', '--json', '--lan', '--join', '--create', '--simulated', '--scenario', '--help',
];

/**
 * Why the lab does not open in a window.
 * @param {readonly string[]} commandLine
 * @returns {string | undefined} undefined when it opens in one
 */
function reasonForTerminal(commandLine) {
  if ([TERMINAL_FLAG, ...WINDOWLESS_FLAGS].some((flag) => commandLine.includes(flag))) return '';
  if (!hasDisplay()) return 'There is no display here, so the lab runs in the terminal.';
  const electron = readStamp()?.electron;
  if (electron?.kind === 'missing') return `The lab runs in the terminal, for want of Electron: ${electron.problem}`;
  return undefined;
}

/** @param {readonly string[]} labArguments */
async function startWindow(labArguments) {
  await build({ onlyWhenChanged: true });
  const { executable } = locateElectron();
  const problem = sandboxProblem(executable);
  if (problem !== undefined) say(`Starting Electron with --no-sandbox: ${problem}.`);
  return runInForeground(executable, [...electronSwitches(executable), projectDirectory, ...labArguments]);
}

await main(async () => {
  const commandLine = process.argv.slice(2);
  const labArguments = commandLine.filter((argument) => argument !== TERMINAL_FLAG);
  const reason = reasonForTerminal(commandLine);
  if (reason === undefined) return startWindow(labArguments);
  if (reason !== '') say(reason);
  await build({ onlyWhenChanged: true }); // its threads
  return runInForeground(projectNode(), [projectPath('src', 'cli', 'lab.ts'), ...labArguments]);
});
