// `npm run build`: bundles the app into out/.
import { say } from './setup/progress.mjs';
import { build } from './run/build.mjs';
import { main } from './run/main.mjs';

await main(async () => {
  await build({ onlyWhenChanged: false });
  say('The app is built, in out/.');
  return 0;
});
