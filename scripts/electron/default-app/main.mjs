// Runs the app named on Electron's command line; replaces the default app that Electron's makers ship.
import { app } from 'electron';
import { existsSync, readFileSync } from 'node:fs';
import Module from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Parses what comes before the app's own arguments: `electron [--require MODULE]… [--switches]… PATH [arguments]`.
 * @param {readonly string[]} commandLine
 */
function parse(commandLine) {
  const required = [];
  for (let index = 0; index < commandLine.length; index += 1) {
    const argument = commandLine[index];
    if (argument === '-v' || argument === '--version') return { required, file: undefined, isVersionAsked: true };
    if (argument === '-r' || argument === '--require') required.push(commandLine[(index += 1)]);
    else if (!argument.startsWith('-')) return { required, file: argument, isVersionAsked: false };
  }
  return { required, file: undefined, isVersionAsked: false };
}

/** Gives Electron the app's name, version and folder, as package.json names them. */
function introduce(target, entry) {
  const manifestPath = join(target, 'package.json');
  if (!existsSync(manifestPath)) {
    app.setAppPath(dirname(entry));
    return;
  }
  const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'));
  if (manifest.version) app.setVersion(manifest.version);
  if (manifest.productName || manifest.name) app.name = manifest.productName || manifest.name;
  app.setAppPath(target);
}

const { required, file, isVersionAsked } = parse(process.argv.slice(1));
if (isVersionAsked) {
  console.log(`v${process.versions.electron}`);
  process.exit(0);
}
if (file === undefined) {
  console.error('usage: electron [options] PATH');
  process.exit(1);
}
if (required.length > 0) Module._preloadModules(required);
Object.defineProperty(process, 'defaultApp', { enumerable: true, value: true });
try {
  const target = resolve(file);
  const entry = Module._resolveFilename(target, null, true);
  introduce(target, entry);
  // Awaited, so that `ready` comes only after the app's main module has run.
  await import(pathToFileURL(entry).href);
} catch (error) {
  console.error(`App threw an error during load\n${(error && error.stack) || error}`);
  process.exit(1);
}
