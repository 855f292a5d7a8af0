/** The terminal lab's command line, and where its data lies. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { LAN_PORT } from '../../contract/lan.ts';
import type { LanRole } from '../../contract/lan.ts';

export const USAGE = `Usage: node src/cli/lab.ts [--data DIR] [--lan ADDRESS | --join ADDRESS[:PORT] --code CODE …]

Runs the lab in the terminal: five real Raft nodes, a table of them and a prompt.

  --data DIR        keep the data there instead of in the user's app folder
  --lan ADDRESS     open the lab to the LAN by the interface with this address, and print the join code
  --join ADDRESS    join the lab of the machine with this address (port 47317 unless ADDRESS:PORT)
    --code CODE     its join code
    --machine NAME  what this machine is called there (default: its host name)
    --bring COUNT   how many nodes this machine brings (default: 1; 0 with --viewer)
    --viewer        only look and read
    --permit        let the host crash, pause and cut off this machine's nodes
  --help            this text

In a pipe it reads one command a line; help lists them. It exits with 1 when one of them failed.`;

/** The lab of another machine that is to be joined. */
export interface JoinOptions {
  readonly address: string;
  readonly port: number;
  readonly code: string;
  /** Absent: the host name. */
  readonly machineName?: string;
  readonly role: LanRole;
  readonly bring: number;
  readonly permits: boolean;
}

export type TerminalOptions =
  | {
      readonly type: 'run';
      readonly dataDirectory: string;
      /** The address to open the lab by. */
      readonly lan?: string;
      readonly join?: JoinOptions;
    }
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

/** Options with a value, and what the value is. */
const VALUES = {
  '--data': 'a folder', '--lan': 'an address', '--join': 'an address', '--code': 'a join code', '--machine': 'a name',
  '--bring': 'a number',
} as const;
type ValueOption = keyof typeof VALUES;
const FLAGS = ['--viewer', '--permit'] as const;
/** More than a machine may run (lab/lan/nodeHouse.ts). */
const BRING_MAX = 4;

/** Reads the arguments behind the script's name. */
export function parseOptions(words: readonly string[]): TerminalOptions {
  const values = new Map<ValueOption, string>();
  const flags = new Set<string>();
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--help' || word === '-h') return { type: 'help' };
    if (FLAGS.some((flag) => flag === word)) {
      flags.add(word);
      continue;
    }
    const [, name = word, attached] = /^(--[a-z]+)=(.*)$/s.exec(word) ?? [];
    if (!isValueOption(name)) return wrong(`there is no option ${word}`);
    const value = attached ?? words[at + 1];
    if (value === undefined || value === '' || value.startsWith('--')) return wrong(`${name} needs ${VALUES[name]}`);
    values.set(name, value);
    if (attached === undefined) at += 1;
  }
  const data = values.get('--data');
  const dataDirectory = data === undefined ? defaultDataDirectory() : resolve(data);
  return withLan(dataDirectory, values, flags);
}

function withLan(
  dataDirectory: string, values: ReadonlyMap<ValueOption, string>, flags: ReadonlySet<string>,
): TerminalOptions {
  const lan = values.get('--lan');
  const host = values.get('--join');
  if (host === undefined) {
    const stray = ['--code', '--machine', '--bring', ...FLAGS]
      .find((option) => flags.has(option) || (isValueOption(option) && values.has(option)));
    if (stray !== undefined) return wrong(`${stray} goes with --join`);
    return { type: 'run', dataDirectory, ...(lan === undefined ? {} : { lan }) };
  }
  if (lan !== undefined) return wrong('--lan opens a lab of this machine, --join joins another one: choose one');
  const code = values.get('--code');
  if (code === undefined) return wrong('--join needs the code that the host shows: --code CODE');
  const [address = '', portText = String(LAN_PORT)] = host.split(':');
  const port = Number(portText);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return wrong(`${portText} is no port`);
  const role = flags.has('--viewer') ? 'viewer' : 'member';
  const bring = Number(values.get('--bring') ?? (role === 'viewer' ? 0 : 1));
  if (!Number.isInteger(bring) || bring < 0 || bring > BRING_MAX) return wrong(`--bring takes 0 to ${BRING_MAX}`);
  if (role === 'viewer' && bring > 0) return wrong('a viewer brings no nodes');
  const machineName = values.get('--machine');
  return {
    type: 'run',
    dataDirectory,
    join: {
      address, port, code, role, bring, permits: flags.has('--permit'),
      ...(machineName === undefined ? {} : { machineName }),
    },
  };
}

function isValueOption(word: string): word is ValueOption {
  return Object.hasOwn(VALUES, word);
}

function wrong(message: string): TerminalOptions {
  return { type: 'wrong', message };
}
