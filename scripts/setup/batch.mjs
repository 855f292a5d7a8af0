// Runs Windows' batch files (npm.cmd and its like). Node refuses to start one without a shell (CVE-2024-27980), and
// cmd.exe reads its arguments by rules of its own, which Node's quoting does not know.
import { win32 } from 'node:path';

/** cmd.exe ends a command at these, whatever the quotes around them. */
const LINE_ENDERS = /[\0\r\n]/;
/** Extensions on, delayed expansion (`!NAME!`) off, no AutoRun; the outermost quotes of the command are not its own. */
const CMD_SWITCHES = ['/e:ON', '/v:OFF', '/d', '/s', '/c'];

/**
 * @param {string} command
 * @param {string} platform as in `process.platform`
 */
export function isBatchFile(command, platform) {
  return platform === 'win32' && /^\.(?:bat|cmd)$/i.test(win32.extname(command));
}

/**
 * How a batch file is started, for `spawn` with `windowsVerbatimArguments`.
 * @param {string} path the batch file's
 * @param {readonly string[]} batchArguments
 * @param {string | undefined} shell cmd.exe's path, from the variable ComSpec
 * @returns {{ file: string, fileArguments: string[] }}
 * @throws {Error} when an argument cannot be handed over: it contains a line break or a zero
 */
export function batchCall(path, batchArguments, shell) {
  const line = [path, ...batchArguments].map(quote).join(' ');
  return { file: shell || 'cmd.exe', fileArguments: [...CMD_SWITCHES, `"${line}"`] };
}

/**
 * Quotes an argument so that it is still one when the batch file hands all of them on with `%*`. A caret would be taken
 * away each time that cmd.exe reads it, so quotes are doubled instead: cmd.exe and the program count them alike.
 * @param {string} argument
 */
function quote(argument) {
  if (LINE_ENDERS.test(argument)) {
    throw new Error(`A batch file cannot be given ${JSON.stringify(argument)}: use an argument without line breaks`);
  }
  const quoted = argument
    .replaceAll(/(\\+)(?="|$)/g, '$1$1') // Backslashes escape the quote after them, unless they are doubled.
    .replaceAll('"', '""')
    .replaceAll('%', '%%cd:~,%'); // `%cd:~,%` is always empty, and ends what would be read as a variable's name.
  return `"${quoted}"`;
}
