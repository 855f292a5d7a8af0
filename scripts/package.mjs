// `npm run package:linux` (or :windows, :mac): makes what people install, in dist/.
//
//   node scripts/package.mjs linux|windows|mac [--release] [--repository OWNER/NAME]
//
// --release refuses any Electron but the official one, and makes all of the system's formats. Without it, Linux gets an
// unpacked folder, a .deb and, where there is rpmbuild, an .rpm; nothing is downloaded for these.
import { parseArgs } from 'node:util';
import { productFor, releaseObstacle } from '../build/product.mjs';
import { locateElectron } from './electron/locate.mjs';
import { packageApp } from './package/packageApp.mjs';
import { build } from './run/build.mjs';
import { main } from './run/main.mjs';
import { say } from './setup/progress.mjs';

/** @type {Readonly<Record<string, NodeJS.Platform>>} */
const SYSTEMS = { linux: 'linux', windows: 'win32', mac: 'darwin' };

await main(async () => {
  const { values, positionals } = parseArgs({
    options: { release: { type: 'boolean', default: false }, repository: { type: 'string' } },
    allowPositionals: true,
  });
  const system = positionals[0] ?? '';
  if (positionals.length !== 1 || SYSTEMS[system] === undefined) {
    throw new Error(`For which system? Give one of ${Object.keys(SYSTEMS).join(', ')}.`);
  }
  if (SYSTEMS[system] !== process.platform) {
    throw new Error(`Packages for ${system} are made on ${system}, where its Electron and its signing tools are.`);
  }
  const { repository } = values;
  if (repository !== undefined && !/^[\w-]+\/[\w.-]+$/.test(repository)) {
    throw new Error(`--repository takes OWNER/NAME, not "${repository}"`);
  }
  const electron = locateElectron();
  const product = productFor(electron.kind);
  const obstacle = releaseObstacle(electron);
  if (values.release && obstacle !== null) throw new Error(obstacle);
  if (product.isTestBuild) say(`A test build: it is made from Electron ${electron.version} (${electron.kind}).`);
  await build({ onlyWhenChanged: true });
  const files = await packageApp({ product, electron, isRelease: values.release, repository });
  for (const file of files) say(`  ${file}`);
  return 0;
});
