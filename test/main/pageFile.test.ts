// The resolver of app:// addresses: the files of the page, and nothing around them.
import fc from 'fast-check';
import { isAbsolute, relative } from 'node:path';
import { expect, test } from 'vitest';
import { PAGE_ADDRESS, resolvePageFile } from '../../src/main/pageFile.ts';

const ROOT = '/opt/raftlab/out/renderer';

test.each([
  [PAGE_ADDRESS, '/index.html', 'text/html; charset=utf-8'],
  ['app://raftlab', '/index.html', 'text/html; charset=utf-8'],
  ['app://raftlab/', '/index.html', 'text/html; charset=utf-8'],
  ['app://raftlab/index.html?a=../b#c', '/index.html', 'text/html; charset=utf-8'],
  ['app://raftlab/assets/index-DHGkNCvb.js', '/assets/index-DHGkNCvb.js', 'text/javascript; charset=utf-8'],
  ['app://raftlab/assets/index-Doz_ecBM.css', '/assets/index-Doz_ecBM.css', 'text/css; charset=utf-8'],
  ['app://raftlab/assets/inter-latin-wght-normal-Dx4.woff2', '/assets/inter-latin-wght-normal-Dx4.woff2', 'font/woff2'],
  ['app://raftlab/icon.svg', '/icon.svg', 'image/svg+xml'],
])('%s is a file of the page', (address, path, mimeType) => {
  expect(resolvePageFile(address, ROOT)).toEqual({ path: `${ROOT}${path}`, mimeType });
});

test.each([
  ['a parent folder', 'app://raftlab/../main/index.js'],
  ['a parent folder further in', 'app://raftlab/assets/../../main/index.js'],
  ['encoded dots', 'app://raftlab/%2e%2e/main/index.js'],
  ['encoded dots, upper case', 'app://raftlab/%2E%2E/main/index.js'],
  ['dots encoded twice', 'app://raftlab/%252e%252e/main/index.js'],
  ['one dot encoded', 'app://raftlab/.%2e/main/index.js'],
  ['an encoded slash', 'app://raftlab/..%2fmain/index.js'],
  ['a backslash', 'app://raftlab/..\\main\\index.js'],
  ['an encoded backslash', 'app://raftlab/..%5cmain%5cindex.js'],
  ['a NUL', 'app://raftlab/index.html\0.js'],
  ['an encoded NUL', 'app://raftlab/index.html%00.js'],
  ['a Windows drive', 'app://raftlab/C:/index.html'],
  ['an alternate data stream', 'app://raftlab/index.html::$DATA'],
  ['a hidden file', 'app://raftlab/.env.json'],
  ['a folder', 'app://raftlab/assets/'],
  ['an empty name', 'app://raftlab//index.html'],
  ['a kind of file that the page has not', 'app://raftlab/index.exe'],
  ['no kind at all', 'app://raftlab/index'],
  ['another host', 'app://elsewhere/index.html'],
  ['a host that begins alike', 'app://raftlab.example/index.html'],
  ['a user', 'app://someone@raftlab/index.html'],
  ['a port', 'app://raftlab:80/index.html'],
  ['another scheme', 'file:///etc/passwd'],
  ['nothing', ''],
])('%s is refused', (_what, address) => {
  expect(resolvePageFile(address, ROOT)).toBeNull();
});

test('no address leads out of the page’s folder', () => {
  const pieces = fc.constantFrom(
    '..', '.', '%2e', '%2E', '/', '\\', '%2f', '%5c', '%00', '\0', 'a', '.js', 'assets', ':',
  );
  fc.assert(fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
    const file = resolvePageFile(`app://raftlab/${parts.join('')}`, ROOT);
    if (file === null) return;
    const inside = relative(ROOT, file.path);
    expect(isAbsolute(inside) || inside.startsWith('..')).toBe(false);
  }));
});
