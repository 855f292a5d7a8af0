/** A Raftlab without a window on a host of a test's LAN: a process of its own, asked by lines of JSON. */
import { spawn } from 'node:child_process';
import type { ChildProcess, ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { HeadlessLab } from './headlessLab.ts';
import type { LabProcess } from './headlessLab.ts';
import type { LanPort } from './network.ts';

const LAB = fileURLToPath(new URL('../../../../src/cli/lab.ts', import.meta.url));

export class HeadlessHost extends HeadlessLab {
  readonly #child: ChildProcess;

  /**
   * @param words the command line behind `--headless --json --data FOLDER`
   * @param imports modules that are loaded before the program: they change what it finds around itself
   */
  constructor(name: string, port: LanPort, folder: string, words: readonly string[], imports: readonly URL[] = []) {
    const [program, all] = port.command(process.execPath, [
      ...imports.map(({ href }) => `--import=${href}`), LAB, '--headless', '--json', '--data', folder, ...words,
    ]);
    const child = spawn(program, all, { stdio: 'pipe' });
    super(name, labProcessOf(child));
    this.#child = child;
  }

  /** Ends it as a service manager does. @returns its exit code */
  stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.exited;
  }

  /** Ends it as a power cut does. */
  async crash(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }
}

function labProcessOf(child: ChildProcessWithoutNullStreams): LabProcess {
  let errors = '';
  child.stdin.on('error', () => undefined); // it has ended, which `exited` tells
  child.stderr.setEncoding('utf8').on('data', (text: string) => { errors += text; });
  return {
    write: (text) => { child.stdin.write(text); },
    onLine: (take) => { createInterface({ input: child.stdout }).on('line', take); },
    errors: () => errors,
    exited: new Promise((resolve) => {
      child.once('close', resolve);
    }),
  };
}
