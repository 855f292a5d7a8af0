/** The command line of the lab without a window, and where its data is stored. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { z } from 'zod';
import { LAB_NODES_MAX, labNameSchema } from '../../contract/commands.ts';
import { machineNameSchema, parseHostAddress } from '../../contract/lan.ts';
import type { LanRole } from '../../contract/lan.ts';
import { GUEST_NODES_MAX } from '../../lan/guest/guestNodes.ts';
import { DEFAULT_SIMULATION, NETWORK_DELAY_MS_MAX, SEED_MAX } from '../../contract/time.ts';
import type { Simulation } from '../../contract/time.ts';
import type { Pace } from '../../trace/events.ts';
import { RULE_NAMES, VARIANT_PRESETS, variantOf } from '../../trace/variant.ts';
import type { RaftVariant, RuleName, VariantPreset } from '../../trace/variant.ts';
import type { ScenarioOptions } from '../scenario/runScenario.ts';
import { range, whole, WrongOption } from './optionValues.ts';

export const USAGE = `Usage: npm start -- --terminal [OPTIONS]
   or, where Raftlab is installed: raftlab --headless [OPTIONS]

Runs the lab without a window: real Raft nodes and a console.

  --data DIR        keep the data there instead of in the user's app folder
  --headless        as a service: run until SIGTERM, whatever the input; --console reaches it
  --json            an object of JSON a line instead of words, for scripts
  --console         type into the lab that runs with --headless on the same data
  --scenario FILE   run this file of commands and expectations, and say which of them hold
    --live          with real nodes instead of simulated ones
  --simulated       a simulated lab: virtual time, and the same for the same seed; gone at the end without --create
    --seed NUMBER   what everything in it follows from (default: 1)
    --delay RANGE   how long its messages take, in milliseconds (default: 2..6)
  --recording FILE  read this recording without a lab: its moments, events, operations, and a verdict
  --resp            open the nodes' doors, where programs connect by the Redis protocol
  --create NAME     open the lab with this name; make it when there is none
    --nodes COUNT   how many nodes a new one has (default: 5)
    --pace PACE     its pace: fast, class or slow (default: class)
    --variant RAFT  which Raft it runs: raftlab, or paper for only what Figure 2 has (default: raftlab)
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
  /** For a simulated lab. */
  readonly simulation?: Simulation;
}

export interface RunOptions {
  readonly type: 'run';
  readonly dataDirectory: string;
  readonly headless: boolean;
  readonly json: boolean;
  /** Whether the lab and its data are gone at the end. */
  readonly isThrowaway: boolean;
  readonly create?: CreateOptions;
  /** Whether to open the doors of the lab's nodes. */
  readonly opensDoors: boolean;
  /** The address at which to open the lab. */
  readonly lan?: string;
  readonly join?: JoinOptions;
}

export type ProgramOptions =
  | RunOptions
  | { readonly type: 'console'; readonly dataDirectory: string; readonly json: boolean }
  | ({ readonly type: 'scenario' } & ScenarioOptions)
  | { readonly type: 'recording'; readonly file: string }
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
  '--scenario': 'a file', '--recording': 'a file', '--seed': 'a number', '--delay': 'a range such as 2..6',
} as const;
type ValueOption = keyof typeof VALUES;
const FLAGS = [
  '--viewer', '--permit', '--headless', '--json', '--console', '--simulated', '--live', '--resp',
] as const;
type Flag = (typeof FLAGS)[number];
const A_LAB = ['--create', '--simulated'] as const;
/** Options that make sense only together with another one, or one of several. */
const GOES_WITH: Readonly<Partial<Record<ValueOption | Flag, readonly (ValueOption | Flag)[]>>> = {
  '--code': ['--join'], '--code-file': ['--join'], '--machine': ['--join'], '--bring': ['--join'],
  '--viewer': ['--join'], '--permit': ['--join'], '--nodes': A_LAB, '--pace': A_LAB, '--variant': A_LAB,
  '--without': A_LAB, '--seed': ['--simulated'], '--delay': ['--simulated'], '--live': ['--scenario'],
};
/** `--headless` too: the packaged app needs it to start where there is no display. */
const GOES_WITH_SCENARIO: ReadonlySet<ValueOption | Flag> = new Set(['--scenario', '--live', '--json', '--headless']);
/** As for a scenario. */
const GOES_WITH_RECORDING: ReadonlySet<ValueOption | Flag> = new Set(['--recording', '--headless']);
const GOES_WITH_CONSOLE: ReadonlySet<ValueOption | Flag> = new Set(['--data', '--json', '--console', '--headless']);
const PACES = ['fast', 'class', 'slow'] as const;

/** What was given. */
interface Given {
  readonly values: ReadonlyMap<ValueOption, string>;
  readonly flags: ReadonlySet<Flag>;
}

/** Reads the arguments after the program's name. */
export function parseOptions(words: readonly string[], usualDirectory = defaultDataDirectory()): ProgramOptions {
  if (words.includes('--help') || words.includes('-h')) return { type: 'help' };
  try {
    const given = readWords(words);
    const { values, flags } = given;
    const data = values.get('--data');
    const dataDirectory = data === undefined ? usualDirectory : resolve(data);
    const json = flags.has('--json');
    const recording = values.get('--recording');
    if (recording !== undefined) {
      refuseOthers(given, '--recording', GOES_WITH_RECORDING);
      return { type: 'recording', file: resolve(recording) };
    }
    const file = values.get('--scenario');
    if (file !== undefined) {
      refuseOthers(given, '--scenario', GOES_WITH_SCENARIO);
      return { type: 'scenario', file: resolve(file), isLive: flags.has('--live'), json };
    }
    if (!flags.has('--console')) {
      const isThrowaway = flags.has('--simulated') && !values.has('--create') && data === undefined;
      return {
        type: 'run', dataDirectory, json, headless: flags.has('--headless'), isThrowaway,
        opensDoors: flags.has('--resp'), ...labOptions(given),
      };
    }
    refuseOthers(given, '--console', GOES_WITH_CONSOLE);
    return { type: 'console', dataDirectory, json };
  } catch (error) {
    if (error instanceof WrongOption) return { type: 'wrong', message: error.message };
    throw error;
  }
}

/** @throws {WrongOption} for an option that does not go with this one */
function refuseOthers({ values, flags }: Given, option: string, allowed: ReadonlySet<ValueOption | Flag>): void {
  const other = [...values.keys(), ...flags].find((given) => !allowed.has(given));
  if (other !== undefined) throw new WrongOption(`${other} does not go with ${option}`);
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
    const others = GOES_WITH[option];
    if (others === undefined || [...values.keys(), ...flags].some((given) => others.includes(given))) continue;
    throw new WrongOption(`${option} goes with ${others.join(' or ')}`);
  }
  return { values, flags };
}

/** @throws {WrongOption} */
function labOptions(given: Given): Pick<RunOptions, 'create' | 'lan' | 'join'> {
  const { values, flags } = given;
  const lan = values.get('--lan');
  const join = values.get('--join');
  const simulation = flags.has('--simulated') ? simulationOf(values) : undefined;
  const ofRealNodes = ['--join', '--lan', '--resp'] as const;
  const real = ofRealNodes.find((option) => (option === '--resp' ? flags.has(option) : values.has(option)));
  if (simulation !== undefined && real !== undefined) {
    throw new WrongOption(`${real} is for real nodes, and a simulated lab has none`);
  }
  const usualName = simulation === undefined ? undefined : `Simulated, seed ${simulation.seed}`;
  const create = values.get('--create') ?? usualName;
  if (join === undefined) {
    return {
      ...(lan === undefined ? {} : { lan }),
      ...(create === undefined ? {} : { create: creation(create, values, simulation) }),
    };
  }
  const own = (['--lan', '--create'] as const).find((option) => values.has(option))
    ?? (flags.has('--resp') ? '--resp' : undefined);
  if (own !== undefined) {
    throw new WrongOption(`${own} is for a lab of this machine, --join joins another one: choose one`);
  }
  return { join: joining(join, given) };
}

/** @throws {WrongOption} */
function creation(name: string, values: Given['values'], simulation: Simulation | undefined): CreateOptions {
  const nodeCount = whole(values.get('--nodes') ?? '5', '--nodes', 1, LAB_NODES_MAX);
  const pace = PACES.find((candidate) => candidate === (values.get('--pace') ?? 'class'));
  if (pace === undefined) throw new WrongOption(`--pace takes ${PACES.join(', ')}`);
  const variant = variantOf(presetIn(values.get('--variant') ?? 'raftlab'), rulesIn(values.get('--without') ?? ''));
  return {
    name: checked(name, '--create', labNameSchema), nodeCount, pace, variant,
    ...(simulation === undefined ? {} : { simulation }),
  };
}

/** @throws {WrongOption} */
function simulationOf(values: Given['values']): Simulation {
  const { network, disk } = DEFAULT_SIMULATION;
  const delay = values.get('--delay');
  return {
    seed: whole(values.get('--seed') ?? '1', '--seed', 0, SEED_MAX), disk,
    network: delay === undefined ? network : { ...network, delayMs: range(delay, '--delay', NETWORK_DELAY_MS_MAX) },
  };
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

function isValueOption(word: string): word is ValueOption {
  return Object.hasOwn(VALUES, word);
}
