// `node scripts/with-display.mjs COMMAND [ARGUMENTS]`: runs a command with a display, virtual where there is none.
import { withDisplay } from './run/display.mjs';
import { main } from './run/main.mjs';
import { runInForeground } from './run/program.mjs';

await main(async () => {
  const [command, ...commandArguments] = process.argv.slice(2);
  if (command === undefined) throw new Error('usage: node scripts/with-display.mjs COMMAND [ARGUMENTS]');
  return withDisplay((env) => runInForeground(command, commandArguments, { env }));
});
