/** The process that is killed, as the test sees it: started on a folder, awaited, killed, and started again. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { CompactionSettings } from '../../../src/server/snapshots/compactionPolicy.ts';
import { ACKNOWLEDGED_SIGN, FAILED_SIGN, readNotes } from './notes.ts';
import type { ChildOrders, Note } from './notes.ts';

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));
const LIMIT_MS = 45_000;

export interface VictimOptions {
  /** Holds a folder for each node. */
  readonly directory: string;
  /** Where the process puts its notes. Default: beside the nodes' folders. */
  readonly notesDirectory?: string;
  /** Default: 1. */
  readonly nodeCount?: number;
  readonly life?: number;
  readonly compaction?: CompactionSettings;
  /** Default: values are short. */
  readonly valueBytes?: number;
  /** Where Node keeps compiled sources, so that the next process starts sooner. */
  readonly compileCache: string;
  /** Commands of a shell that come before the process, in a mount namespace of their own (Linux). */
  readonly mounts?: string;
}

export class Victim {
  readonly #notesDirectory: string;
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #signs = new Set<string>();
  #errors = '';

  constructor(options: VictimOptions) {
    const { directory, notesDirectory = directory, nodeCount = 1, life = 1, compileCache, mounts } = options;
    this.#notesDirectory = notesDirectory;
    const haveStarted = [...new Set(this.notes('started').map(({ node }) => node))];
    const orders: ChildOrders = {
      directory, notesDirectory, nodeCount, life, haveStarted, seed: life, valueBytes: options.valueBytes ?? 0,
      ...(options.compaction === undefined ? {} : { compaction: options.compaction }),
    };
    const command = [process.execPath, CHILD, JSON.stringify(orders)] as const;
    const [program, ...words] = mounts === undefined ? command : inMountNamespace(mounts, command);
    this.#process = spawn(program, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text) => {
      this.#errors += String(text);
    });
    this.#process.stdout?.setEncoding('utf8').on('data', (text) => {
      for (const sign of String(text)) {
        this.#signs.add(sign);
      }
    });
    this.#exited = once(this.#process, 'exit');
    onTestFinished(() => this.kill());
  }

  /** Waits until it has acknowledged a write in this life. @throws {Error} when the process ends first */
  async writes(): Promise<void> {
    await this.#told(ACKNOWLEDGED_SIGN);
  }

  /** Waits until a node has ended itself. @returns what it said. @throws {Error} when the process ends first */
  async failure(): Promise<Note & { type: 'failed' }> {
    await this.#told(FAILED_SIGN);
    const failed = this.notes('failed').at(-1);
    if (failed === undefined) {
      throw new Error('a failure was noted and is gone');
    }
    return failed;
  }

  /** Its notes of one type, of all lives, oldest first. */
  notes<Type extends Note['type']>(type: Type): readonly (Note & { type: Type })[] {
    return readNotes(this.#notesDirectory).filter((note): note is Note & { type: Type } => note.type === type);
  }

  /** Where the process sees `path`: another place than here when it has mounts of its own. */
  seen(path: string): string {
    return `/proc/${this.#process.pid ?? 0}/root${path}`;
  }

  /** Kills it with SIGKILL, wherever it stands. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exited;
  }

  /** Waits until the process has written `sign` to its standard output. */
  #told(sign: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        clearTimeout(timer);
        reject(new Error(`no "${sign}" from the process: ${why}`));
      };
      const timer = setTimeout(() => fail(`waited ${LIMIT_MS} ms`), LIMIT_MS);
      const look = (): void => {
        if (this.#signs.has(sign)) {
          clearTimeout(timer);
          this.#process.stdout?.off('data', look);
          resolve();
        }
      };
      this.#process.stdout?.on('data', look);
      void this.#exited.then(() => fail(`it ended (${this.#errors})`));
      look();
    });
  }
}

/** `unshare` makes mounts that nobody else sees and that go with the process; `exec` keeps its process id. */
function inMountNamespace(mounts: string, command: readonly string[]): readonly [string, ...string[]] {
  const rights = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  return ['unshare', ...rights, '--mount', 'sh', '-c', `${mounts} && exec "$@"`, 'sh', ...command];
}

/** Why a process cannot be given mounts of its own here; undefined when it can. */
export function mountProblem(): string | undefined {
  const [program, ...words] = inMountNamespace('mount -t tmpfs tmpfs /tmp', ['true']);
  const { error, status, stderr } = spawnSync(program, words, { encoding: 'utf8' });
  return status === 0 ? undefined : `no mount namespace here: ${error?.message ?? stderr.trim()}`;
}
