/** The terminal lab's command line, and where its data lies. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export const USAGE = `Usage: node src/cli/lab.ts [--data DIR]

Runs the lab in the terminal: five real Raft nodes, a table of them and a prompt.

  --data DIR   keep the data there instead of in the user's app folder
  --help       this text

In a pipe it reads one command a line; help lists them. It exits with 1 when one of them failed.`;

export type TerminalOptions =
  | { readonly type: 'run'; readonly dataDirectory: string }
  | { readonly type: 'help' }
  | { readonly type: 'wrong'; readonly message: string };

/** Where the desktop app keeps its data, too: so the terminal opens the same labs. */
export function defaultDataDirectory(
  platform: NodeJS.Platform = process.platform, environment: NodeJS.ProcessEnv = process.env, home = homedir(),
): string {
  switch (platform) {
    case 'win32':
      return join(environment['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'Raftlab');
    case 'darwin':
      return join(home, 'Library', 'Application Support', 'Raftlab');
    default: {
      // An empty or relative one is to be ignored (XDG Base Directory Specification).
      const given = environment['XDG_CONFIG_HOME'] ?? '';
      return join(given.startsWith('/') ? given : join(home, '.config'), 'Raftlab');
    }
  }
}

/** Reads the arguments behind the script's name. */
export function parseOptions(words: readonly string[]): TerminalOptions {
  let dataDirectory = defaultDataDirectory();
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--help' || word === '-h') return { type: 'help' };
    const isData = word === '--data';
    const directory = isData ? words[at + 1] : /^--data=(.*)$/s.exec(word)?.[1];
    if (!isData && directory === undefined) return { type: 'wrong', message: `there is no option ${word}` };
    if (directory === undefined || directory === '' || directory.startsWith('--')) {
      return { type: 'wrong', message: '--data needs a folder' };
    }
    dataDirectory = resolve(directory);
    if (isData) at += 1;
  }
  return { type: 'run', dataDirectory };
}
