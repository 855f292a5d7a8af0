// Files on Windows: held by another program, open while their lab is deleted, under odd paths, on disks that refuse.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { windowsPath } from './support/windows.ts';
import { WindowsProgram, windowsFolder } from './support/windowsProgram.ts';

/** Runs a script of test/windows/files on Windows. @returns what it printed, as data */
async function whatHappens(script: string, ...words: readonly string[]): Promise<unknown> {
  const { output, errors, code } = await new WindowsProgram(`test/windows/files/${script}.ts`, words).ended;
  expect([errors, code]).toEqual(['', 0]);
  return JSON.parse(output);
}

function refusal(words: RegExp, code = 'disk-error') {
  const message: unknown = expect.stringMatching(words);
  return { code, message };
}

const heldError = (file: string) => refusal(new RegExp(`another program holds ${file} in the folder .+: close it`));

test('lab.json, lan.json and settings.json that another program holds are waited for, and never lost', async () => {
  const settings = { theme: 'light', scale: 1.5, introductionSeen: true };
  expect(await whatHappens('heldJson', windowsPath(windowsFolder()))).toEqual({
    lab: {
      read: { outcome: 'Room 12', waited: true },
      write: { outcome: 'Room 13', waited: true },
      readHeld: heldError('lab.json'),
      listHeld: { labs: [], codes: ['disk-error'] },
      writeHeld: refusal(/^lab.json cannot be saved: Windows does not give lab.json .+: close other programs/),
      after: { name: 'Room 13', files: ['lab.json', 'n1'] },
    },
    lan: {
      read: { outcome: true, waited: true },
      write: { outcome: true, waited: true },
      readHeld: heldError('lan.json'),
      changeHeld: heldError('lan.json'),
      after: { isSameKey: true, permits: true },
    },
    settings: {
      read: { outcome: settings, waited: true },
      write: { outcome: { ...settings, scale: 2 }, waited: true },
      readHeld: { theme: 'system', scale: 1, introductionSeen: false },
      changeHeld: heldError('settings.json'),
      after: { theme: 'dark', scale: 2, introductionSeen: false },
      kept: { theme: 'dark', scale: 2, introductionSeen: false },
    },
    files: ['labs', 'lan.json', 'lan.lock', 'settings.json'],
  });
});

test('a database and a lock that another program holds are waited for, told of, and never set aside', async () => {
  expect(await whatHappens('heldDatabase', windowsPath(windowsFolder('n1')))).toEqual({
    database: {
      opened: { outcome: 'open', waited: true },
      openHeld: heldError('raft.db'),
      after: 'open',
      files: ['raft.db', 'raft.lock'],
    },
    lockFile: { locked: { outcome: 'locked', waited: true }, lockHeld: heldError('raft.lock'), after: 'locked' },
    erasing: { eraseHeld: heldError('raft.db'), erased: { waited: true } },
    aside: { outcome: 'raft.db.corrupt-1', waited: true },
    files: ['raft.db.corrupt-1', 'raft.lock'],
  });
});

test('a lab whose files are open elsewhere is renamed and copied, and deleted once they are closed', async () => {
  const refused = refusal(/^the lab cannot be deleted: another program holds raft.db in the folder .+: close it/);
  expect(await whatHappens('openFiles', windowsPath(windowsFolder()))).toEqual({
    keptOpen: ['Copy', 'Room 15'],
    openElsewhere: { refused, listed: ['Room 12'], isThere: false },
    heldElsewhere: { refused, listed: ['Room 12'], renamed: 'Room 13', removed: { waited: true }, isThere: false },
    left: [],
  });
});

test('folders with spaces, accents, Chinese characters and long paths, and files of an editor on Windows', async () => {
  const folders = ['My Labs – Übung 数据', join('long'.repeat(30), 'long'.repeat(30), '数据 é')];
  const fine = { problem: null, name: 'Übung 数据', left: 0 };
  expect(await whatHappens('oddPaths', ...folders.map((name) => windowsPath(windowsFolder(name))))).toEqual([
    { ...fine, isLong: false }, { ...fine, isLong: true },
  ]);
});

const mayMount = process.platform === 'linux' && process.getuid?.() === 0;
const whyNot = mayMount ? '' : ' (skipped: only root on Linux can mount a small disk)';

test.skipIf(!mayMount)(`a full disk and a read-only one keep what they hold${whyNot}`, async ({ skip }) => {
  const disk = windowsFolder('disk');
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', disk], { stdio: 'pipe' });
  } catch (error) {
    skip(`this container may not mount: ${String(error)}`);
  }
  onTestFinished(() => void execFileSync('umount', [disk]));
  writeFileSync(join(disk, 'settings.json'), '{"theme":"light"}');
  writeFileSync(join(disk, 'lan.lock'), '');
  writeFileSync(join(disk, 'filler'), Buffer.alloc(60 * 1024));
  const kept = { kept: 'light' };
  const full = /the disk with the folder .+ is full: free some space on it/;
  // A lock writes nothing, so that the labs of a full disk can still be opened and deleted.
  expect(await whatHappens('refusing', windowsPath(disk))).toEqual({
    ...kept, create: refusal(full, 'disk-full'), change: refusal(full), lock: 'locked',
    files: ['labs', 'lan.lock', 'settings.json'],
  });
  execFileSync('mount', ['-o', 'remount,ro', disk]);
  // Wine does not say why.
  const readOnly = refusal(/Raftlab may not write in the folder .+: give this user the right to/);
  expect(await whatHappens('refusing', windowsPath(disk))).toEqual({
    ...kept, create: refusal(/^the lab “Room 12” cannot be made: /), change: readOnly, lock: readOnly, files: ['labs', 'lan.lock', 'settings.json'],
  });
});
