// `npm run bench:window [-- MINUTES]`: builds the app and measures its window with nine nodes at work.
import { electronSwitches, locateElectron } from './electron/locate.mjs';
import { build } from './run/build.mjs';
import { withDisplay } from './run/display.mjs';
import { main } from './run/main.mjs';
import { runInForeground } from './run/program.mjs';
import { projectDirectory, projectNode, projectPath } from './setup/project.mjs';

const MINUTES = '3';

await main(async () => {
  await build({ onlyWhenChanged: true });
  const { executable } = locateElectron();
  const bench = projectPath('test', 'e2e', 'bench', 'window.ts');
  const [minutes = MINUTES] = process.argv.slice(2);
  const benchArguments = [bench, executable, minutes, ...electronSwitches(executable), projectDirectory];
  return withDisplay((env) => runInForeground(projectNode(), benchArguments, { env }));
});
