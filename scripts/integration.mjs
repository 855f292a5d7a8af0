// `npm run test:integration`: tests real nodes, labs and LANs; first gets what they need from the system.
import { main } from './run/main.mjs';
import { runTool } from './run/tools.mjs';
import { pythonWithRedis } from './setup/pythonWithRedis.mjs';
import { ensureSystemPackages, missingProgramPackages } from './setup/systemLibraries.mjs';

/**
 * Without the first ones the LAN tests run on the loopback interface, without redis-cli and redis-py fewer programs try
 * the doors; they say so.
 */
const PROGRAMS = {
  ip: 'iproute2', tcpdump: 'tcpdump', nsenter: 'util-linux', nft: 'nftables', 'redis-cli': 'redis-tools',
};

await main(async () => {
  if (process.platform === 'linux') {
    const missing = missingProgramPackages(PROGRAMS);
    if (pythonWithRedis() === undefined) missing.push('python3-redis');
    await ensureSystemPackages(missing, 'These tests need').catch((error) => {
      console.error(`These tests will not see everything: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
  return runTool('vitest', ['run', '--project', 'integration', ...process.argv.slice(2)]);
});
