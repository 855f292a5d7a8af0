/** A script of the checkout that runs in Node for Windows, with files as its input and output. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import { windowsNodeOptions, readWindows, windowsPath } from './windows.ts';

const windows = readWindows();
/** Looks at the output this often, beside being told that it changed: not every file system tells. */
const LOOK_EVERY_MS = 100;

export interface Ended {
  readonly output: string;
  readonly errors: string;
  /** The exit code; null when it was killed. */
  readonly code: number | null;
}

export interface StartOptions {
  /** What it reads on standard input; nothing by default. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The network namespace that it runs in, by what comes before a command there. */
  readonly through?: readonly string[];
}

/** A folder for one test, removed with all that is in it. */
export function windowsFolder(name = 'data'): string {
  const parent = mkdtempSync(join(tmpdir(), 'raftlab-windows-test-'));
  onTestFinished(() => { rmSync(parent, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }); });
  return join(parent, name);
}

export class WindowsProgram {
  readonly ended: Promise<Ended>;
  readonly #outputPath: string;
  readonly #errorsPath: string;
  readonly #kill: () => void;
  #isOver = false;

  /**
   * @param script the path of a script, below the checkout's top folder
   * @param words its arguments
   */
  constructor(script: string, words: readonly string[], options: StartOptions = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'raftlab-windows-output-'));
    const inputPath = join(folder, 'input');
    this.#outputPath = join(folder, 'output');
    this.#errorsPath = join(folder, 'errors');
    writeFileSync(inputPath, options.input ?? '');
    // Node for Windows cannot open Wine's pipes or terminal as a console; files it can.
    const files = [openSync(inputPath, 'r'), openSync(this.#outputPath, 'w'), openSync(this.#errorsPath, 'w')];
    const line = [...options.through ?? [], windows.command, ...windows.words, ...windowsNodeOptions];
    const [command, ...before] = line;
    const child = spawn(
      command ?? windows.command,
      [...before, windowsPath(join(inject('windowsCheckout'), script)), ...words],
      { stdio: files, env: { ...process.env, ...windows.env, ...options.env }, cwd: options.cwd },
    );
    for (const file of files) closeSync(file);
    this.#kill = () => { child.kill('SIGKILL'); };
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => {
        this.#isOver = true;
        resolve({ output: this.output, errors: this.errors, code });
      });
    });
    this.ended.catch(() => undefined);
    onTestFinished(async () => {
      this.kill();
      await this.ended.catch(() => undefined);
      rmSync(folder, { recursive: true, force: true });
    });
  }

  get output(): string {
    return existsSync(this.#outputPath) ? readFileSync(this.#outputPath, 'utf8') : '';
  }

  get errors(): string {
    return existsSync(this.#errorsPath) ? readFileSync(this.#errorsPath, 'utf8') : '';
  }

  /** Ends it at once, as a crash or the Task Manager would. */
  kill(): void {
    this.#kill();
  }

  /**
   * Resolves with the match when its output has one.
   * @throws {Error} when it ended without
   */
  says(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        watcher.close();
        clearInterval(timer);
      };
      const look = (): void => {
        const isOver = this.#isOver;
        const found = pattern.exec(this.output);
        if (found !== null) resolve(found);
        else if (isOver) reject(new Error(`it ended without ${String(pattern)}:\n${this.output}\n${this.errors}`));
        else return;
        stop();
      };
      const watcher = watch(this.#outputPath, look);
      const timer = setInterval(look, LOOK_EVERY_MS);
      look();
    });
  }
}

/** Runs the terminal lab on Windows to its end. */
export function runLab(words: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return new WindowsProgram('src/cli/lab.ts', words, options).ended;
}
