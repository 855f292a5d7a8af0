/** Before the integration tests: the app is built, because the nodes' threads run what it ships (cli/workers.ts). */
import { build } from '../../scripts/run/build.mjs';

export async function setup(): Promise<void> {
  await build({ onlyWhenChanged: true });
}
