// The lab as a service on Windows: its console's named pipe, its end by Ctrl+C, and what a crash leaves.
import { readdirSync } from 'node:fs';
import { expect, inject, test } from 'vitest';
import { windowsPath } from './support/windows.ts';
import { runLab, windowsFolder, WindowsProgram } from './support/windowsProgram.ts';

function startService(folder: string): WindowsProgram {
  const create = ['--create', 'Night shift', '--nodes', '3', '--pace', 'fast'];
  return new WindowsProgram(inject('windowsLab'), ['--headless', ...create, '--data', windowsPath(folder)]);
}

/** What the service answers through its pipe. */
function ask(folder: string, input: string): ReturnType<typeof runLab> {
  return runLab(['--console', '--data', windowsPath(folder)], { input });
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' });
}

test('a service answers its console, is alone on its folder, and outlives a crash with all that it acknowledged',
  async () => {
    // The folder's name has what Windows' users have in theirs.
    const folder = windowsFolder('Zoë Müller 王');
    const service = startService(folder);
    await service.says(/leads term/);
    const words = await ask(folder, 'put colour "deep sea"\n@leader get colour\nnonsense\n');
    expect(words.output).toMatch(/❯ @leader get colour\n {2}"deep sea"/);
    expect(words.output).toContain('! there is no command "nonsense"');
    expect([words.errors, words.code]).toEqual(['', 1]);

    const other = await runLab(['--data', windowsPath(folder)], { input: 'status\n' });
    expect(other.errors).toMatch(/another Raftlab/);
    expect(other.code).toBe(1);

    // What follows `quit` does not keep the answers from whoever sends it.
    const long = await ask(folder, `get colour\nquit\n${`${'x'.repeat(1000)}\n`.repeat(2000)}`);
    expect(long.output).toContain('"deep sea"');
    expect([long.errors, long.code]).toEqual(['', 0]);
    service.kill();
    expect((await service.ended).code).toBeNull();
    expect(filesOf(folder).filter((path) => path.endsWith('raft.db-wal')), 'as a crash leaves them').toHaveLength(3);

    const again = startService(folder);
    await again.says(/leads term/);
    expect((await ask(folder, '@leader get colour\n')).output).toContain('"deep sea"');
    if (process.platform === 'win32') {
      process.stderr.write('NOT TESTED: the end by Ctrl+C, which Node cannot send to another process on Windows.\n');
      return;
    }
    again.interrupt();
    const { errors, code } = await again.ended;
    expect([errors, code]).toEqual(['', 0]);
    expect(filesOf(folder).filter((path) => path.endsWith('-wal')), 'each file is closed').toEqual([]);
  });
