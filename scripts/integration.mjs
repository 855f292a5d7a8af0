// `npm run test:integration`: tests real nodes, labs and LANs; first gets what the LAN tests need from the system.
import { main } from './run/main.mjs';
import { runTool } from './run/tools.mjs';
import { ensureSystemPackages, missingProgramPackages } from './setup/systemLibraries.mjs';

/** Without them the LAN tests run on the loopback interface, and say so. */
const PROGRAMS = { ip: 'iproute2', tcpdump: 'tcpdump', nsenter: 'util-linux', nft: 'nftables' };

await main(async () => {
  if (process.platform === 'linux') {
    await ensureSystemPackages(missingProgramPackages(PROGRAMS), 'The LAN tests need').catch((error) => {
      console.error(`The LAN tests will not see everything: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
  return runTool('vitest', ['run', '--project', 'integration', ...process.argv.slice(2)]);
});
