// `npm run test:package`: packages the app, then tests the package: its contents, its fuses, its window's walls, and
// the .deb, which is installed, run by an ordinary user and removed again.
import { locateElectron } from './electron/locate.mjs';
import { productFor } from '../build/product.mjs';
import { packageApp } from './package/packageApp.mjs';
import { build } from './run/build.mjs';
import { withDisplay } from './run/display.mjs';
import { main } from './run/main.mjs';
import { runTool } from './run/tools.mjs';
import { say } from './setup/progress.mjs';

await main(async () => {
  if (process.platform !== 'linux') {
    say('NOT TESTED: the package. Its tests know Linux only; docs/install.md tells what to try by hand elsewhere.');
    return 0;
  }
  await build({ onlyWhenChanged: true });
  const electron = locateElectron();
  const product = productFor(electron.kind);
  await packageApp({ product, electron, isRelease: false, repository: undefined });
  return withDisplay((env) => runTool('vitest', ['run', '--project', 'package', ...process.argv.slice(2)], { env }));
});
