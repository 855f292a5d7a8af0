/** Waits until another program lets go of a file: on Windows a virus scanner, an indexer or a cloud drive holds it. */
import { rm } from 'node:fs/promises';
import { errorCodeOf } from './errors.ts';

/**
 * What Windows says of a file that another program holds, in libuv's names: EBUSY for one that is opened, moved or
 * deleted; EPERM for a name that is replaced, or whose file is deleted but still open; EACCES and UNKNOWN from the
 * drivers of scanners and cloud drives; ENOTEMPTY for a folder with such a deleted file. Most of them also have reasons
 * that last: then the tries are in vain, but few.
 */
const HELD_ON_WINDOWS: ReadonlySet<string> = new Set(['EBUSY', 'EPERM', 'EACCES', 'UNKNOWN', 'ENOTEMPTY']);
/** Elsewhere an open file can be read, replaced and deleted. */
const HELD_ELSEWHERE: ReadonlySet<string> = new Set(['EBUSY']);

/** How long to wait before each further try: about two seconds in total. */
const WAITS_MS = [10, 20, 40, 80, 160, 320, 640, 640] as const;
/** As long as the main process may stand still: about one second in total. */
const WAITS_NOW_MS = [10, 20, 40, 80, 160, 320, 320] as const;

/** Whether the error may be gone as soon as another program lets go of the file. */
export function mayBeHeld(error: unknown, platform: NodeJS.Platform = process.platform): boolean {
  return (platform === 'win32' ? HELD_ON_WINDOWS : HELD_ELSEWHERE).has(errorCodeOf(error));
}

/**
 * Tries again while another program holds a file. Reads, writes, renames and deletions that Raftlab makes go through
 * here; SQLite has tries of its own.
 * @param waitsMs how long to wait before each further try
 * @throws the last try's error, or at once an error that another try cannot fix
 */
export async function untilLetGo<Result>(
  act: () => Promise<Result>, waitsMs: readonly number[] = WAITS_MS,
): Promise<Result> {
  for (const waitMs of waitsMs) {
    try {
      return await act();
    } catch (error) {
      if (!mayBeHeld(error)) {
        throw error;
      }
    }
    await new Promise((resolve) => {
      setTimeout(resolve, waitMs);
    });
  }
  return act();
}

/** As `untilLetGo`, but the thread stands still: for what must be known or done before anything else happens. */
export function untilLetGoNow<Result>(act: () => Result, waitsMs: readonly number[] = WAITS_NOW_MS): Result {
  const neverWoken = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  for (const waitMs of waitsMs) {
    try {
      return act();
    } catch (error) {
      if (!mayBeHeld(error)) {
        throw error;
      }
    }
    Atomics.wait(neverWoken, 0, 0, waitMs);
  }
  return act();
}

/** Deletes a file, or a folder with everything in it, if it is there. @throws as `untilLetGo` */
export function removeAll(path: string): Promise<void> {
  return untilLetGo(() => rm(path, { recursive: true, force: true }));
}

/** Deletes a file if it is there. @throws as `untilLetGo`; when it is a folder */
export function removeFile(path: string): Promise<void> {
  return untilLetGo(() => rm(path, { force: true }));
}
