// NSIS' compiler, makensis: electron-builder makes the Windows installer with one, and the installer's test with Debian's.
import { findProgram } from '../setup/command.mjs';
import { ensureSystemPackages, missingProgramPackages } from '../setup/systemLibraries.mjs';

/** Debian's package for the program. */
const PROGRAMS = { makensis: 'nsis' };

/**
 * Where makensis is.
 * @returns {string | undefined} undefined: it is not installed
 */
export const findMakensis = () => findProgram('makensis');

/**
 * Installs NSIS as root on Debian or Ubuntu; otherwise says what to run. The installer's test says it when there is none.
 * @returns {Promise<string | undefined>} makensis' path; undefined: there is none
 * @throws {import('../setup/command.mjs').CommandError} when apt fails
 */
export async function ensureNsis() {
  if (process.platform === 'linux') {
    await ensureSystemPackages(missingProgramPackages(PROGRAMS), 'The test of the Windows installer needs');
  }
  return findMakensis();
}
