// The cache's folder for work in progress: unfinished work stays there until it is complete and moves to its place.
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { removeIfPossible } from './files.mjs';

const WORK_FOLDER = 'work';

/**
 * Makes a new folder to work in, on the same disk as the cache, so that a result can be moved there in one step.
 * @param {string} cacheDirectory
 * @param {string} name of the work, for people who look
 * @returns {string}
 */
export function makeWorkDirectory(cacheDirectory, name) {
  const parent = join(cacheDirectory, WORK_FOLDER);
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(join(parent, `${name}-`));
}

/**
 * Removes what interrupted runs have left. Only for the holder of the set-up's lock.
 * @param {string} cacheDirectory
 */
export function clearWork(cacheDirectory) {
  removeIfPossible(join(cacheDirectory, WORK_FOLDER));
}
