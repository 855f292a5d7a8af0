// `npm run test:e2e`: drives the built app in a real Electron window.
import { build } from './run/build.mjs';
import { withDisplay } from './run/display.mjs';
import { main } from './run/main.mjs';
import { runTool } from './run/tools.mjs';

await main(async () => {
  await build({ onlyWhenChanged: true });
  const vitestArguments = ['run', '--project', 'e2e', ...process.argv.slice(2)];
  return withDisplay((env) => runTool('vitest', vitestArguments, { env }));
});
