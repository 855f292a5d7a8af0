/**
 * Raftlab for Windows on a host of a test's LAN. Wine's server makes the sockets of all its programs, so a host has one
 * of its own: started there by the first program, since no other has the host's Windows.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import { HeadlessLab } from '../../lan/namespaces/support/headlessLab.ts';
import type { LabProcess } from '../../lan/namespaces/support/headlessLab.ts';
import type { LanPort } from '../../lan/namespaces/support/network.ts';
import { makeOwnWindows } from './ownWindows.ts';
import { windowsPath } from './windows.ts';
import { WindowsProgram } from './windowsProgram.ts';

export class WindowsHost extends HeadlessLab {
  readonly #program: WindowsProgram;

  /** @param words the command line behind `--headless --json --data FOLDER` */
  constructor(name: string, port: LanPort, folder: string, words: readonly string[]) {
    const program = new WindowsProgram(
      inject('windowsLab'), ['--headless', '--json', '--data', windowsPath(folder), ...words],
      { inputGoesOn: true, env: { WINEPREFIX: ownWindows(port) }, through: throughWords(port) },
    );
    super(name, labProcessOf(program));
    this.#program = program;
  }

  /** Ends it as a power cut does. */
  async crash(): Promise<void> {
    this.#program.kill();
    await this.exited;
  }
}

function labProcessOf(program: WindowsProgram): LabProcess {
  let allIsRead = (): void => undefined;
  const read = new Promise<void>((resolve) => { allIsRead = resolve; });
  return {
    write: (text) => program.write(text),
    onLine: (take) => {
      let taken = 0;
      const stop = program.onOutput((output, isOver) => {
        const end = output.lastIndexOf('\n') + 1;
        const lines = output.slice(taken, end).split(/\r?\n/);
        taken = Math.max(taken, end);
        lines.filter((line) => line !== '').forEach(take);
        if (isOver) allIsRead();
      });
      onTestFinished(stop);
    },
    errors: () => program.errors,
    exited: program.ended.then(async ({ code }) => {
      await read;
      return code;
    }),
  };
}

/** What to put before a command so that it runs on this host. */
function throughWords(port: LanPort): readonly string[] {
  const [program, words] = port.command('env', []);
  return [program, ...words];
}

/** @returns the folder of a Windows for this host alone, as Wine wants it; nobody writes to its drive C: */
function ownWindows(port: LanPort): string {
  const prefix = mkdtempSync(join(tmpdir(), 'raftlab-windows-host-'));
  makeOwnWindows(prefix);
  onTestFinished(() => {
    // Its server ends the programs that Windows has for itself.
    const [program, words] = port.command('wineserver', ['--kill']);
    spawnSync(program, words, { env: { ...process.env, WINEPREFIX: prefix } });
    rmSync(prefix, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  return prefix;
}
