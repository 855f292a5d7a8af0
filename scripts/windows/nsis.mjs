// NSIS' compiler, makensis, from Debian: the test of the Windows installer needs it. electron-builder brings its own.
import { findProgram } from '../setup/programs.mjs';
import { ensureSystemPackages, missingProgramPackages } from '../setup/systemLibraries.mjs';

/** Debian's package for the program. */
const PROGRAMS = { makensis: 'nsis' };

/**
 * Where makensis is.
 * @returns {string | undefined} undefined: it is not installed
 */
export const findMakensis = () => findProgram('makensis');

/**
 * Installs NSIS as root on Debian or Ubuntu; otherwise says what to run. Without it the installer's test is skipped.
 * @returns {Promise<string | undefined>} makensis' path; undefined: there is none
 * @throws {import('../setup/command.mjs').CommandError} when apt fails
 */
export async function ensureNsis() {
  if (process.platform === 'linux') {
    await ensureSystemPackages(missingProgramPackages(PROGRAMS), 'The test of the Windows installer needs');
  }
  return findMakensis();
}
