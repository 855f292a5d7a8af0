// Brings what the project needs and the machine lacks: npm packages with a Node 24, Electron, system libraries.
// Runs before every npm script; needs Node 20 or newer, npm, and nothing else. Does nothing when everything is there.
import { join } from 'node:path';
import { clearWork } from './setup/cache.mjs';
import { ensureElectron, ensureSqlite, missing } from './setup/electron.mjs';
import { withLock } from './setup/lock.mjs';
import { ensurePackages } from './setup/packages.mjs';
import { cacheDirectory } from './setup/platform.mjs';
import { say } from './setup/progress.mjs';
import { currentStampKey, isIntact, readStamp, writeStamp } from './setup/stamp.mjs';
import { ensureSystemPackages, missingSystemPackages } from './setup/systemLibraries.mjs';

/** How long to wait before looking again for a missing Electron. */
const RETRY_AFTER_MS = 10 * 60_000;

/** Whether an earlier set-up brought everything that is needed now. */
function isComplete() {
  const stamp = readStamp();
  if (stamp === undefined || stamp.key !== currentStampKey() || !isIntact(stamp)) return false;
  return stamp.electron.kind !== 'missing' || Date.now() - stamp.electron.checkedAtMs < RETRY_AFTER_MS;
}

async function setUp() {
  await ensureSystemPackages(missingSystemPackages(), 'Electron needs').catch((/** @type {Error} */ error) => {
    say(`  ${error.message}`);
  });
  if (isComplete()) return; // Another set-up did it while this one waited.
  say('Setting up Raftlab:');
  clearWork(cacheDirectory());
  await ensurePackages();
  const { electron, sqliteAddon } = await ensureWindow();
  if (electron.kind === 'missing') {
    say(`  There is no Electron: ${electron.problem}`);
    say('  Set ELECTRON_MIRROR to a mirror, or ELECTRON_OVERRIDE_DIST_PATH to the folder of an unpacked Electron.');
    say('  Until then the lab runs in the terminal only.');
  }
  writeStamp({ key: currentStampKey(), electron, sqliteAddon });
  say(`Raftlab is set up${electron.kind === 'missing' ? ', without a window' : ` on Electron ${electron.version}`}.`);
}

/** Brings an Electron in which SQLite loads, or says why there is none. */
async function ensureWindow() {
  const electron = await ensureElectron();
  try {
    return { electron, sqliteAddon: await ensureSqlite(electron) };
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    const problem = `Electron ${electron.version} is there, but SQLite does not load in it: ${message}`;
    return { electron: missing(problem), sqliteAddon: '' };
  }
}

try {
  if (!isComplete() || missingSystemPackages().length > 0) {
    const onWait = () => {
      say('Another set-up is running; waiting for it.');
    };
    await withLock(join(cacheDirectory(), 'setup.lock'), onWait, setUp);
  }
} catch (error) {
  say(`Set-up failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
