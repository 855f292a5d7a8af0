/** Folders that cannot be written, locked or found: a sentence with the folder and what to do, never a raw error. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { LabError } from '../../../src/contract/errors.ts';
import { folderProblem } from '../../../src/node/storage/errors.ts';
import { tryLockFolder } from '../../../src/node/storage/lock.ts';
import { RaftStorage } from '../../../src/node/storage/raftStorage.ts';
import { optionsFor, temporaryFolder } from './support.ts';

function lockError(directory: string): LabError {
  try {
    tryLockFolder(directory, 'raft.lock')?.release();
  } catch (error) {
    return error instanceof LabError ? error : expect.unreachable(`raw: ${String(error)}`);
  }
  return expect.unreachable('it was locked');
}

/** Windows gives the same codes for a file that another program holds. */
const DENIED = process.platform === 'win32' ? 'close other programs that use it' : 'give this user the right to';

test.each([
  ['ENOSPC', 'disk-full', 'is full: free some space'],
  ['SQLITE_FULL', 'disk-full', 'is full: free some space'],
  ['EDQUOT', 'disk-full', 'is used up'],
  ['EROFS', 'disk-error', 'is on a read-only disk'],
  ['EACCES', 'disk-error', DENIED],
  ['EPERM', 'disk-error', DENIED],
  ['ENOENT', 'disk-error', 'is not there'],
  ['ENOLCK', 'disk-error', 'choose a folder on a local disk'],
  ['SQLITE_IOERR_LOCK', 'disk-error', 'cannot be locked (SQLITE_IOERR_LOCK)'],
  ['EMFILE', 'disk-error', 'close other programs'],
  ['EFBIG', 'disk-full', 'raise the limit'],
  ['EIO', 'disk-error', 'reported an error (EIO)'],
])('%s in words', (code, errorCode, words) => {
  const folder = temporaryFolder();
  const { code: found, message } = folderProblem(Object.assign(new Error('raw'), { code }), folder);
  expect(found).toBe(errorCode);
  expect(message).toContain(words);
  expect(message).toContain(folder);
});

test('a folder that is not there, is a file, or holds something else under the name of the lock', () => {
  const folder = temporaryFolder();
  expect(lockError(join(folder, 'none')).message).toContain('is not there');
  writeFileSync(join(folder, 'file'), 'x');
  expect(lockError(join(folder, 'file')).message).toContain('is not a folder');
  mkdirSync(join(folder, 'raft.lock'));
  expect(lockError(folder).message).toContain('holds a folder with the name of a file');
  rmSync(join(folder, 'raft.lock'), { recursive: true });
  writeFileSync(join(folder, 'raft.lock'), 'not a database'.repeat(100));
  expect(lockError(folder).message).toContain('that is not a lock');
});

const mayMount = process.platform === 'linux' && process.getuid?.() === 0;
const whyNot = mayMount ? '' : ' (skipped: only root on Linux can mount a small disk)';

test.skipIf(!mayMount)(`a full disk and a read-only one, at the start of a node${whyNot}`, ({ skip }) => {
  const disk = temporaryFolder();
  const mount = (options: string): void => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'none', disk], { stdio: 'pipe' });
  };
  try {
    mount('size=64k');
  } catch (error) {
    skip(`this container may not mount: ${String(error)}`);
  }
  onTestFinished(() => void execFileSync('umount', [disk]));
  const errorAtOpen = (): LabError => {
    try {
      RaftStorage.open(optionsFor(disk)).close();
    } catch (error) {
      return error instanceof LabError ? error : expect.unreachable(`raw: ${String(error)}`);
    }
    return expect.unreachable('it opened');
  };
  // However much room is left, from none to nearly enough: it fails at another place each time, in the same words.
  for (let leftKiB = 0; leftKiB <= 64; leftKiB += 4) {
    for (const name of readdirSync(disk)) {
      rmSync(join(disk, name));
    }
    writeFileSync(join(disk, 'filler'), Buffer.alloc((64 - leftKiB) * 1024));
    expect(errorAtOpen().message).toContain(`the disk with the folder ${disk} is full: free some space on it`);
  }
  rmSync(join(disk, 'filler'));
  tryLockFolder(disk, 'raft.lock')?.release();
  execFileSync('mount', ['-o', 'remount,ro', disk]);
  expect(lockError(disk).message, 'SQLite opens it, but for reading').toContain('is on a read-only disk');
  expect(errorAtOpen().message).toContain(`the folder ${disk} is on a read-only disk`);
});
