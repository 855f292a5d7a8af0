/** The command line of the lab without a window, and where its data is stored. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { z } from 'zod';
import { LAB_NODES_MAX, labNameSchema } from '../../contract/commands.ts';
import { machineNameSchema, parseHostAddress } from '../../contract/lan.ts';
import type { LanRole } from '../../contract/lan.ts';
import { GUEST_NODES_MAX } from '../../lan/guest/guestNodes.ts';
import type { Pace } from '../../trace/events.ts';
import { RULE_NAMES, VARIANT_PRESETS, variantOf } from '../../trace/variant.ts';
import type { RaftVariant, RuleName, VariantPreset } from '../../trace/variant.ts';

export const USAGE = `Usage: npm start -- --terminal [OPTIONS]
   or, where Raftlab is installed: raftlab --headless [OPTIONS]

Runs the lab without a window: real Raft nodes and a console.

  --data DIR        keep the data there instead of in the user's app folder
  --headless        as a service: run until SIGTERM, whatever the input; --console reaches it
  --json            an object of JSON a line instead of words, for scripts
  --console         type into the lab that runs with --headless on the same data
  --create NAME     open the lab with this name; make it when there is none
    --nodes COUNT   how many nodes a new one has (default: 5)
    --pace PACE     its pace: fast, class or slow (default: class)
    --variant RAFT  which Raft it runs: raftlab, or paper for Figure 2 and no more (default: raftlab)
    --without RULES  the safety rules that it runs without, with commas: then it is unsafe
  --lan ADDRESS     open the lab to the LAN by the interface with this address or name
  --join ADDRESS    join the lab of the machine with this address (port 47317 unless ADDRESS:PORT)
    --code CODE     its join code
    --code-file FILE  a file that holds it: a command line can be seen by others
    --machine NAME  what this machine is called there (default: its host name)
    --bring COUNT   how many nodes this machine brings (default: 1; 0 with --viewer)
    --viewer        only look and read
    --permit        let the host crash, pause and cut off this machine's nodes
  --help            this text

In a pipe it reads one command a line; help lists them. It exits with 1 when one of them failed.`;

/** The lab of another machine to join. */
export interface JoinOptions {
  readonly address: string;
  readonly port: number;
  /** The code, or the file that holds it. */
  readonly code: { readonly text: string } | { readonly file: string };
  /** Absent: the host name. */
  readonly machineName?: string;
  readonly role: LanRole;
  readonly bring: number;
  readonly permits: boolean;
}

/** A lab of this machine to open or to make. */
export interface CreateOptions {
  readonly name: string;
  readonly nodeCount: number;
  readonly pace: Pace;
  readonly variant: RaftVariant;
}

export interface RunOptions {
  readonly type: 'run';
  readonly dataDirectory: string;
  readonly headless: boolean;
  readonly json: boolean;
  readonly create?: CreateOptions;
  /** The address at which to open the lab. */
  readonly lan?: string;
  readonly join?: JoinOptions;
}

export type ProgramOptions =
  | RunOptions
  | { readonly type: 'console'; readonly dataDirectory: string; readonly json: boolean }
  | { readonly type: 'help' }
  | { readonly type: 'wrong'; readonly message: string };

/** The desktop app keeps its data there too, so the terminal opens the same labs. */
export function defaultDataDirectory(
  platform: NodeJS.Platform = process.platform, environment: NodeJS.ProcessEnv = process.env, home = homedir(),
): string {
  switch (platform) {
    case 'win32':
      return join(environment['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'Raftlab');
    case 'darwin':
      return join(home, 'Library', 'Application Support', 'Raftlab');
    default: {
      // An empty or relative path must be ignored (XDG Base Directory Specification).
      const given = environment['XDG_CONFIG_HOME'] ?? '';
      return join(given.startsWith('/') ? given : join(home, '.config'), 'Raftlab');
    }
  }
}

/** Options with a value, and what the value is. */
const VALUES = {
  '--data': 'a folder', '--lan': 'an address or an interface', '--join': 'an address', '--code': 'a join code',
  '--code-file': 'a file', '--machine': 'a name', '--bring': 'a number', '--create': 'a name', '--nodes': 'a number',
  '--pace': 'a pace', '--variant': 'raftlab or paper', '--without': 'a rule, or several with commas',
} as const;
type ValueOption = keyof typeof VALUES;
const FLAGS = ['--viewer', '--permit', '--headless', '--json', '--console'] as const;
type Flag = (typeof FLAGS)[number];
/** Options that make sense only together with another one. */
const GOES_WITH: Readonly<Partial<Record<ValueOption | Flag, ValueOption>>> = {
  '--code': '--join', '--code-file': '--join', '--machine': '--join', '--bring': '--join', '--viewer': '--join',
  '--permit': '--join', '--nodes': '--create', '--pace': '--create',
  '--variant': '--create', '--without': '--create',
};
/** `--headless` too: the packaged app needs it to start where there is no display. */
const GOES_WITH_CONSOLE: ReadonlySet<ValueOption | Flag> = new Set(['--data', '--json', '--console', '--headless']);
const PACES = ['fast', 'class', 'slow'] as const;

/** What was given. */
interface Given {
  readonly values: ReadonlyMap<ValueOption, string>;
  readonly flags: ReadonlySet<Flag>;
}

class WrongOption extends Error {}

/** Reads the arguments after the program's name. */
export function parseOptions(words: readonly string[], usualDirectory = defaultDataDirectory()): ProgramOptions {
  if (words.includes('--help') || words.includes('-h')) return { type: 'help' };
  try {
    const given = readWords(words);
    const { values, flags } = given;
    const data = values.get('--data');
    const dataDirectory = data === undefined ? usualDirectory : resolve(data);
    const json = flags.has('--json');
    if (!flags.has('--console')) {
      return { type: 'run', dataDirectory, json, headless: flags.has('--headless'), ...labOptions(given) };
    }
    const others = [...values.keys(), ...flags].filter((option) => !GOES_WITH_CONSOLE.has(option));
    if (others[0] !== undefined) throw new WrongOption(`${others[0]} does not go with --console`);
    return { type: 'console', dataDirectory, json };
  } catch (error) {
    if (error instanceof WrongOption) return { type: 'wrong', message: error.message };
    throw error;
  }
}

/** @throws {WrongOption} */
function readWords(words: readonly string[]): Given {
  const values = new Map<ValueOption, string>();
  const flags = new Set<Flag>();
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const flag = FLAGS.find((candidate) => candidate === word);
    if (flag !== undefined) {
      flags.add(flag);
      continue;
    }
    const [, name = word, attached] = /^(--[a-z-]+)=(.*)$/s.exec(word) ?? [];
    if (!isValueOption(name)) throw new WrongOption(`there is no option ${word}`);
    const value = attached ?? words[at + 1];
    if (value === undefined || value === '' || value.startsWith('--')) {
      throw new WrongOption(`${name} needs ${VALUES[name]}`);
    }
    values.set(name, value);
    if (attached === undefined) at += 1;
  }
  for (const option of [...values.keys(), ...flags]) {
    const other = GOES_WITH[option];
    if (other !== undefined && !values.has(other)) throw new WrongOption(`${option} goes with ${other}`);
  }
  return { values, flags };
}

/** @throws {WrongOption} */
function labOptions(given: Given): Pick<RunOptions, 'create' | 'lan' | 'join'> {
  const { values } = given;
  const lan = values.get('--lan');
  const join = values.get('--join');
  const create = values.get('--create');
  if (join === undefined) {
    return {
      ...(lan === undefined ? {} : { lan }), ...(create === undefined ? {} : { create: creation(create, values) }),
    };
  }
  const own = lan === undefined ? create === undefined ? undefined : '--create' : '--lan';
  if (own !== undefined) {
    throw new WrongOption(`${own} is for a lab of this machine, --join joins another one: choose one`);
  }
  return { join: joining(join, given) };
}

/** @throws {WrongOption} */
function creation(name: string, values: Given['values']): CreateOptions {
  const nodeCount = whole(values.get('--nodes') ?? '5', '--nodes', 1, LAB_NODES_MAX);
  const pace = PACES.find((candidate) => candidate === (values.get('--pace') ?? 'class'));
  if (pace === undefined) throw new WrongOption(`--pace takes ${PACES.join(', ')}`);
  const variant = variantOf(presetIn(values.get('--variant') ?? 'raftlab'), rulesIn(values.get('--without') ?? ''));
  return { name: checked(name, '--create', labNameSchema), nodeCount, pace, variant };
}

/** @throws {WrongOption} */
function presetIn(text: string): VariantPreset {
  const preset = VARIANT_PRESETS.find((candidate) => candidate === text);
  if (preset === undefined) throw new WrongOption(`--variant takes ${VARIANT_PRESETS.join(' or ')}`);
  return preset;
}

/** @throws {WrongOption} */
function rulesIn(text: string): RuleName[] {
  return text.split(',').map((word) => word.trim()).filter(Boolean).map((word) => {
    const rule = RULE_NAMES.find((candidate) => candidate === word);
    if (rule !== undefined) return rule;
    throw new WrongOption(`--without: there is no rule ${word}; the rules are ${RULE_NAMES.join(', ')}`);
  });
}

/** @throws {WrongOption} */
function joining(host: string, { values, flags }: Given): JoinOptions {
  const text = values.get('--code');
  const file = values.get('--code-file');
  if ((text === undefined) === (file === undefined)) {
    throw new WrongOption('--join needs the code that the host shows: --code CODE, or --code-file FILE');
  }
  const place = parseHostAddress(host);
  if ('problem' in place) throw new WrongOption(`--join: ${place.problem}`);
  const role = flags.has('--viewer') ? 'viewer' : 'member';
  const bring = whole(values.get('--bring') ?? (role === 'viewer' ? '0' : '1'), '--bring', 0, GUEST_NODES_MAX);
  if (role === 'viewer' && bring > 0) throw new WrongOption('a viewer brings no nodes');
  const machineName = values.get('--machine');
  return {
    ...place, role, bring, permits: flags.has('--permit'),
    code: file === undefined ? { text: text ?? '' } : { file: resolve(file) },
    ...(machineName === undefined ? {} : { machineName: checked(machineName, '--machine', machineNameSchema) }),
  };
}

/** Refuses what the lab would refuse, before anything is opened. @throws {WrongOption} with the schema's words */
function checked<Value>(text: string, option: ValueOption, schema: z.ZodType<Value>): Value {
  const parsed = schema.safeParse(text);
  if (!parsed.success) throw new WrongOption(`${option}: ${parsed.error.issues[0]?.message ?? 'not valid'}`);
  return parsed.data;
}

/** @throws {WrongOption} */
function whole(text: string, option: ValueOption, min: number, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new WrongOption(`${option} takes ${min} to ${max}`);
  }
  return value;
}

function isValueOption(word: string): word is ValueOption {
  return Object.hasOwn(VALUES, word);
}
