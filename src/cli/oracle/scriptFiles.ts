/** Finds the script files under a folder. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The path itself when it is a file, whatever its name; otherwise all `.txt` files under it, in order of their paths.
 * Hidden files and folders are left out.
 * @throws when there is nothing at the path, or it cannot be read
 */
export function scriptsUnder(path: string): string[] {
  // Follows links, as a reader of the file would.
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    throw new Error(`no such file or folder: ${path}`);
  }
  return found.isDirectory() ? scriptsIn(path) : [path];
}

function scriptsIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      // A link to a folder is not followed: it may lead back here.
      if (entry.isDirectory()) {
        return scriptsIn(path);
      }
      return entry.name.endsWith('.txt') && statSync(path, { throwIfNoEntry: false })?.isFile() === true ? [path] : [];
    });
}
