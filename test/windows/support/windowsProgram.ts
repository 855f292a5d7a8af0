/** A script of the checkout that runs in Node for Windows, with files as its input and output. */
import { spawn } from 'node:child_process';
import {
  appendFileSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, watch, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inject, onTestFinished } from 'vitest';
import { windowsNodeOptions, readWindows, windowsPath } from './windows.ts';

const windows = readWindows();
/** Makes standard input of a file that grows. */
const FOLLOWED_INPUT = 'test/windows/support/followedInput.mjs';
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
  /** Whether its input goes on after that, with what `write` adds, until it is ended. */
  readonly inputGoesOn?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The network namespace that it runs in, by what comes before a command there. */
  readonly through?: readonly string[];
}

/** The URL of a file of the checkout in a Windows program. */
function checkoutUrl(path: string): string {
  const { href, pathname } = pathToFileURL(join(inject('windowsCheckout'), path));
  return process.platform === 'win32' ? href : `file:///${windowsPath(pathname)}`;
}

/** A folder for one test, removed with all that is in it. */
export function windowsFolder(name = 'data'): string {
  const parent = mkdtempSync(join(tmpdir(), 'raftlab-windows-test-'));
  onTestFinished(() => { rmSync(parent, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }); });
  return join(parent, name);
}

export class WindowsProgram {
  readonly ended: Promise<Ended>;
  readonly #inputPath: string;
  readonly #outputPath: string;
  readonly #errorsPath: string;
  readonly #kill: () => void;
  readonly #interrupt: () => void;
  #isOver = false;

  /**
   * @param script the path of a script, below the checkout's top folder
   * @param words its arguments
   */
  constructor(script: string, words: readonly string[], options: StartOptions = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'raftlab-windows-output-'));
    this.#inputPath = join(folder, 'input');
    this.#outputPath = join(folder, 'output');
    this.#errorsPath = join(folder, 'errors');
    writeFileSync(this.#inputPath, options.input ?? '');
    // Node for Windows cannot open Wine's pipes or terminal as a console; files it can.
    const files = [openSync(this.#inputPath, 'r'), openSync(this.#outputPath, 'w'), openSync(this.#errorsPath, 'w')];
    const imports = options.inputGoesOn === true ? [`--import=${checkoutUrl(FOLLOWED_INPUT)}`] : [];
    const line = [...options.through ?? [], windows.command, ...windows.words, ...windowsNodeOptions, ...imports];
    const [command, ...before] = line;
    const child = spawn(
      command ?? windows.command,
      [...before, windowsPath(join(inject('windowsCheckout'), script)), ...words],
      { stdio: files, env: { ...process.env, ...windows.env, ...options.env }, cwd: options.cwd },
    );
    for (const file of files) closeSync(file);
    this.#kill = () => { child.kill('SIGKILL'); };
    this.#interrupt = () => { child.kill('SIGINT'); };
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

  /** Adds to its input, where that goes on. */
  write(text: string): void {
    appendFileSync(this.#inputPath, text);
  }

  /** Ends it at once, as a crash or the Task Manager would. */
  kill(): void {
    this.#kill();
  }

  /** Presses Ctrl+C for it. Wine makes it of a signal; on Windows, Node has no way to send it to another process. */
  interrupt(): void {
    this.#interrupt();
  }

  /**
   * Calls `look` now and whenever there may be more output, and once more when it is over.
   * @returns what ends that
   */
  onOutput(look: (output: string, isOver: boolean) => void): () => void {
    const stop = (): void => {
      watcher.close();
      clearInterval(timer);
    };
    const lookNow = (): void => {
      const isOver = this.#isOver; // before the output is read: all of it is there when it is over
      if (isOver) stop();
      look(this.output, isOver);
    };
    const watcher = watch(this.#outputPath, lookNow);
    const timer = setInterval(lookNow, LOOK_EVERY_MS);
    lookNow();
    return stop;
  }

  /**
   * Resolves with the match when its output has one.
   * @throws {Error} when it ended without
   */
  says(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      let stop = (): void => undefined;
      const look = (output: string, isOver: boolean): void => {
        const found = pattern.exec(output);
        if (found !== null) resolve(found);
        else if (isOver) reject(new Error(`it ended without ${String(pattern)}:\n${output}\n${this.errors}`));
        else return;
        stop();
      };
      stop = this.onOutput(look);
    });
  }
}

/** Runs the terminal lab on Windows to its end. */
export function runLab(words: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return new WindowsProgram(inject('windowsLab'), words, options).ended;
}
