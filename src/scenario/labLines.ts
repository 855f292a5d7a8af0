/** The lines at the top of a scenario that say which lab it runs in: `lab nodes 5`, `lab without voteOncePerTerm`. */
import { LAB_NODES_MAX, paceSchema } from '../contract/commands.ts';
import { numberWithin, ParseProblem } from '../contract/consoleArguments.ts';
import type { Words } from '../contract/consoleArguments.ts';
import {
  DEFAULT_SIMULATION, DISK_WRITE_MS_MAX, NETWORK_DELAY_MS_MAX, SEED_MAX,
} from '../contract/time.ts';
import { RULE_NAMES, VARIANT_PRESETS, variantOf } from '../trace/variant.ts';
import type { RuleName, VariantPreset } from '../trace/variant.ts';
import type { ScenarioLab } from './scenario.ts';

const USAGES = {
  nodes: 'lab nodes COUNT', pace: 'lab pace fast|class|slow', seed: 'lab seed NUMBER', delay: 'lab delay MS..MS',
  loss: 'lab loss PERCENT', duplicate: 'lab duplicate PERCENT', reorder: 'lab reorder PERCENT',
  disk: 'lab disk MS..MS', crash: 'lab crash lost|completed|torn', variant: 'lab variant raftlab|paper',
  without: 'lab without RULE…',
} as const;
type Setting = keyof typeof USAGES;
const SETTINGS = Object.keys(USAGES) as readonly Setting[];

/** What the lines said so far. Each setting is given once. */
export class LabLines {
  readonly #given = new Set<Setting>();
  #nodeCount = 5;
  #pace: ScenarioLab['pace'] = 'class';
  #preset: VariantPreset = 'raftlab';
  #rulesOff: readonly RuleName[] = [];
  #simulation: ScenarioLab['simulation'] = { seed: 1, ...DEFAULT_SIMULATION };

  /** @param words what follows the word `lab` @throws {ParseProblem} */
  take(words: Words): void {
    const from = words.peek()?.from ?? 0;
    const setting = words.takeOneOf(SETTINGS, 'the setting', 'lab SETTING VALUE');
    if (this.#given.has(setting)) throw new ParseProblem(`${setting} was given before`, 'once is enough', from);
    this.#given.add(setting);
    this.#set(setting, words, USAGES[setting]);
    words.end(USAGES[setting]);
  }

  /** How many nodes the lab has where a line says it; otherwise undefined. */
  get nodesGiven(): number | undefined {
    return this.#given.has('nodes') ? this.#nodeCount : undefined;
  }

  get lab(): ScenarioLab {
    return {
      nodeCount: this.#nodeCount, pace: this.#pace, variant: variantOf(this.#preset, this.#rulesOff),
      simulation: this.#simulation,
    };
  }

  #set(setting: Setting, words: Words, usage: string): void {
    const { network, disk } = this.#simulation;
    const whole = (min: number, max: number): number => {
      const token = words.take('the number', usage);
      const number = numberWithin(token, min, max, usage);
      if (Number.isInteger(number)) return number;
      throw new ParseProblem(`${token.text} is not a whole number`, usage, token.from);
    };
    const percent = (): number => numberWithin(words.take('the percentage', usage), 0, 100, usage);
    switch (setting) {
      case 'nodes':
        this.#nodeCount = whole(1, LAB_NODES_MAX);
        return;
      case 'pace':
        this.#pace = words.takeOneOf(paceSchema.options, 'the pace', usage);
        return;
      case 'variant':
        this.#preset = words.takeOneOf(VARIANT_PRESETS, 'the variant', usage);
        return;
      case 'without':
        this.#rulesOff = rulesOf(words, usage);
        return;
      case 'seed':
        this.#simulation = { ...this.#simulation, seed: whole(0, SEED_MAX) };
        return;
      case 'delay':
        this.#setNetwork({ ...network, delayMs: rangeOf(words, NETWORK_DELAY_MS_MAX, usage) });
        return;
      case 'loss':
      case 'duplicate':
      case 'reorder':
        this.#setNetwork({ ...network, [`${setting}Percent`]: percent() });
        return;
      case 'disk':
        this.#setDisk({ ...disk, writeMs: rangeOf(words, DISK_WRITE_MS_MAX, usage) });
        return;
      case 'crash': {
        const crashLeaves = words.takeOneOf(['lost', 'completed', 'torn'], 'what a crash leaves of a write', usage);
        this.#setDisk({ ...disk, crashLeaves });
      }
    }
  }

  #setNetwork(network: ScenarioLab['simulation']['network']): void {
    this.#simulation = { ...this.#simulation, network };
  }

  #setDisk(disk: ScenarioLab['simulation']['disk']): void {
    this.#simulation = { ...this.#simulation, disk };
  }
}

/** A shortest and a longest time in milliseconds: `2..6`, or `4` for both. @throws {ParseProblem} */
function rangeOf(words: Words, max: number, usage: string): { min: number; max: number } {
  const token = words.take('the milliseconds', usage);
  const [, first = '', second = first] = /^([\d.]+?)(?:\.\.([\d.]+))?$/.exec(token.text) ?? [];
  const range = {
    min: numberWithin({ ...token, text: first }, 0, max, usage),
    max: numberWithin({ ...token, text: second }, 0, max, usage),
  };
  if (range.min <= range.max) return range;
  throw new ParseProblem('the shortest time is longer than the longest', usage, token.from);
}

/** @throws {ParseProblem} */
function rulesOf(words: Words, usage: string): readonly RuleName[] {
  const rules: RuleName[] = [];
  do {
    rules.push(words.takeOneOf(RULE_NAMES, 'the rule', usage));
  } while (words.peek() !== undefined);
  return rules;
}
