/** Which file of the built page an app:// address stands for. Pure: it touches no disk. */
import { extname, join } from 'node:path';

/** The page's one origin (Electron security checklist, item 18: no file://). */
export const PAGE_SCHEME = 'app';
const PAGE_HOST = 'raftlab';
export const PAGE_ORIGIN = `${PAGE_SCHEME}://${PAGE_HOST}`;
export const PAGE_ADDRESS = `${PAGE_ORIGIN}/index.html`;

/** The kinds of files that the bundler writes. Whatever is not listed is not served. */
const MIME_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

export interface PageFile {
  /** Absolute, inside the root that was given. */
  readonly path: string;
  readonly mimeType: string;
}

/** A file or folder name as the bundler makes them: no dot at the start, no character that is special on any system. */
const PLAIN_NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;
const ADDRESS = /^app:\/\/raftlab(?:\/([^?#]*))?(?:[?#].*)?$/s;

/**
 * The file for an address, or null when the address must be refused. It reads the raw text, because a URL parser has
 * already resolved `..` and `%2e` and hides the request. All escapes are refused: no file of the page needs one, and
 * this also refuses every encoded dot, slash, backslash and NUL.
 *
 * @param address as the request gave it, for example `app://raftlab/assets/index-B1x2.js`
 * @param root the folder of the built page, absolute
 */
export function resolvePageFile(address: string, root: string): PageFile | null {
  const path = ADDRESS.exec(address)?.[1] ?? (address === PAGE_ORIGIN ? '' : null);
  if (path === null) return null;
  const names = path === '' ? ['index.html'] : path.split('/');
  if (!names.every((name) => PLAIN_NAME.test(name))) return null;
  const mimeType = MIME_TYPES[extname(names.at(-1) ?? '').toLowerCase()];
  if (mimeType === undefined) return null;
  return { path: join(root, ...names), mimeType };
}
