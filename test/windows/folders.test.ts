// A lab goes from one system to another as a folder: nothing in it knows where it was written.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { projectPath } from '../../scripts/setup/project.mjs';
import { runLab, WindowsProgram, windowsFolder } from './support/windowsProgram.ts';
import { windowsPath } from './support/windows.ts';

/** Opens the folder's lab, or makes it. One node is enough where the cluster does not matter. */
function lab(nodes: number): readonly string[] {
  return ['--create', 'Journey', '--nodes', String(nodes), '--pace', 'fast'];
}

/** Runs commands on a lab in Windows, to their end; nothing may go wrong. @returns what it said */
async function onWindows(folder: string, commands: readonly string[], nodes = 1): Promise<string> {
  const { output, errors, code } = await runLab(['--data', folder, ...lab(nodes)], {
    input: `${commands.join('\r\n')}\r\n`,
  });
  expect([errors, code], output).toEqual(['', 0]);
  return output.replaceAll('\r\n', '\n');
}

/** As `onWindows`, in the system that this test runs in. */
function here(folder: string, commands: readonly string[], nodes = 1): string {
  const words = [projectPath('src/cli/lab.ts'), '--data', folder, ...lab(nodes)];
  const { stdout, stderr, status } = spawnSync(process.execPath, words, {
    input: `${commands.join('\n')}\n`, encoding: 'utf8',
  });
  expect([stderr, status], stdout).toEqual(['', 0]);
  return stdout;
}

function onlyLabIn(folder: string): string {
  const [labId = '', ...others] = readdirSync(join(folder, 'labs'));
  expect(others, 'there is one lab').toEqual([]);
  return labId;
}

const EVERYTHING = /colour "deep sea"\n {2}empty ""\n {2}from "Windows"\n {2}größe "钥匙"\n {2}later "than the snapshot"/;

test('a lab of Linux opens on Windows and is written there, and opens on Linux again with everything', async () => {
  const folder = windowsFolder('Übung 钥匙');
  here(folder, [
    'put colour "deep sea"', 'put empty ""', 'put größe 钥匙', 'compact n2', 'put later "than the snapshot"',
    'remove n5', 'crash n3', 'partition n3',
  ], 5);
  const labId = onlyLabIn(folder);
  const there = await onWindows(windowsPath(folder), [
    'status', 'heal', '@leader put from Windows', 'restart n3', 'compact leader', '@leader list',
  ], 5);
  expect(there).toMatch(/n3 +✕ crashed/);
  expect(there).toMatch(EVERYTHING);
  const again = here(folder, ['status', '@leader list'], 5);
  expect(again).toMatch(EVERYTHING);
  expect(again).not.toMatch(/^ +n5 /m);
  expect(onlyLabIn(folder)).toBe(labId);
  const labFile = readFileSync(join(folder, 'labs', labId, 'lab.json'), 'utf8');
  expect(labFile, 'no path, and no line end of Windows').not.toMatch(/[\\\r]/);
});

test('lab.json as an editor on Windows saves it: a byte order mark, and CRLF', async () => {
  const folder = windowsFolder();
  here(folder, ['put colour red']);
  const path = join(folder, 'labs', onlyLabIn(folder), 'lab.json');
  writeFileSync(path, `\uFEFF${readFileSync(path, 'utf8').replaceAll('\n', '\r\n')}`);
  expect(await onWindows(windowsPath(folder), ['@leader get colour'])).toContain('"red"');
  onlyLabIn(folder);
});

test('a data folder in another case is the same one on Windows: for its lab, and for who has it open', async () => {
  const folder = windowsFolder('Data');
  await onWindows(windowsPath(folder), ['put colour red']);
  const otherCase = windowsPath(join(dirname(folder), 'DATA'));
  const first = new WindowsProgram(inject('windowsLab'), ['--headless', '--data', otherCase, ...lab(1)]);
  await first.says(/leads term/);
  const second = await runLab(['--data', windowsPath(folder)], { input: 'quit\n' });
  expect([second.errors, second.code]).toEqual([expect.stringContaining('is open in another Raftlab'), 1]);
  first.kill();
  await first.ended;
  expect(await onWindows(windowsPath(join(dirname(folder), 'data')), ['@leader get colour'])).toContain('"red"');
  expect(readdirSync(dirname(folder))).toEqual([basename(folder)]);
  onlyLabIn(folder);
});
