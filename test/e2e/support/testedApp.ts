// Which app the tests drive: the built one in set-up's Electron, or, in the suite `package`, the packaged one.
import { electronSwitches, locateElectron } from '../../../scripts/electron/locate.mjs';
import { projectDirectory } from '../../../scripts/setup/project.mjs';
import { inspectableApp } from '../../package/support/packagedApp.ts';

export interface TestedApp {
  readonly executable: string;
  /** What has to be on the command line before the app's own switches. */
  readonly switches: readonly string[];
}

export async function testedApp(): Promise<TestedApp> {
  if (isPackaged()) {
    const executable = await inspectableApp();
    return { executable, switches: electronSwitches(executable) };
  }
  const { executable } = locateElectron();
  return { executable, switches: [...electronSwitches(executable), projectDirectory] };
}

/** Whether the tests drive the packaged app (vitest.config.ts). */
export function isPackaged(): boolean {
  return process.env['RAFTLAB_TESTED_APP'] === 'packaged';
}
