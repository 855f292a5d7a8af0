/** The person's settings: read once, checked, saved in settings.json, and sent to listeners. */
import { join } from 'node:path';
import { z } from 'zod';
import type { Settings } from '../contract/answers.ts';
import type { CommandInput } from '../contract/commands.ts';
import { LabError } from '../contract/errors.ts';
import { JsonFile } from '../lab/files/jsonFile.ts';
import { loadOr } from './keptFile.ts';
import type { Log } from './log.ts';

export const DEFAULT_SETTINGS: Settings = { theme: 'system', scale: 1, introductionSeen: false };

// Unknown keys are accepted and dropped, so that an older Raftlab can read a newer one's file.
const settingsSchema = z.object({
  theme: z.enum(['system', 'light', 'dark']).default(DEFAULT_SETTINGS.theme),
  scale: z.number().min(0.75).max(3).default(DEFAULT_SETTINGS.scale),
  introductionSeen: z.boolean().default(DEFAULT_SETTINGS.introductionSeen),
});

export class SettingsStore {
  readonly #file: JsonFile<Settings>;
  readonly #log: Log;
  readonly #listeners = new Set<(settings: Settings) => void>();
  #settings: Settings;
  /** What was changed since the start. */
  #changes: CommandInput<'settings:set'> = {};

  constructor(directory: string, log: Log) {
    this.#log = log;
    this.#file = new JsonFile<Settings>({ path: join(directory, 'settings.json'), schema: settingsSchema });
    this.#settings = loadOr(DEFAULT_SETTINGS, this.#file, log);
  }

  get current(): Settings {
    return this.#settings;
  }

  /**
   * Changes only the given settings and saves them on disk.
   * @throws {LabError} `disk-error` when they cannot be saved: the change then lasts until the app ends
   */
  async change(changes: CommandInput<'settings:set'>): Promise<Settings> {
    this.#changes = { ...this.#changes, ...changes };
    this.#use(changed(this.#settings, changes));
    try {
      await this.#readIfUnknown();
      const settings = this.#settings;
      await this.#file.write(settings);
      return settings;
    } catch (error) {
      this.#log.warn('the settings could not be saved', error);
      const reason = error instanceof Error ? error.message : String(error);
      throw new LabError('disk-error', `The settings hold for now, but ${reason}.`);
    }
  }

  /** Reads a file that another program held at the start: only what was changed since is changed in it. */
  async #readIfUnknown(): Promise<void> {
    if (!this.#file.isUnknown) return;
    const reading = await this.#file.read();
    if (reading.type === 'value') this.#use(changed(reading.value, this.#changes));
  }

  #use(settings: Settings): void {
    this.#settings = settings;
    for (const listener of this.#listeners) listener(settings);
  }

  /** Calls back after every change; returns the function that stops it. */
  onChanged(listener: (settings: Settings) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}

function changed(settings: Settings, changes: CommandInput<'settings:set'>): Settings {
  return {
    theme: changes.theme ?? settings.theme,
    scale: changes.scale ?? settings.scale,
    introductionSeen: changes.introductionSeen ?? settings.introductionSeen,
  };
}
