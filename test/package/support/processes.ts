// What Linux tells of running processes.
import { readdirSync, readFileSync } from 'node:fs';

export interface SeenProcess {
  readonly commandLine: string;
  /** 2: its system calls pass a filter (proc(5)). */
  readonly seccompMode: number;
  readonly uid: number;
}

/** All processes whose command line holds a text. Those that end while one looks are left out. */
export function processesWith(text: string): SeenProcess[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      if (!commandLine.includes(text)) return [];
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
      return [{ commandLine, seccompMode: field('Seccomp'), uid: field('Uid') }];
    } catch {
      return [];
    }
  });
}
