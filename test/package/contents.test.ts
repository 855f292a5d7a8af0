// What a package holds, and what it must not.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { extractFile, getRawHeader, listPackage } from '@electron/asar';
import { expect, test } from 'vitest';
import { readFuses } from '../../build/fuses.mjs';
import { packagedExecutable, product, unpackedApp } from './support/packagedApp.ts';

const archive = join(unpackedApp(), 'resources', 'app.asar');

/** Every file of the app, inside its archive and beside it, as paths from the app's own folder. */
function files(): string[] {
  return listPackage(archive, { isPack: false }).map((path) => path.slice(1).replaceAll('\\', '/'));
}

const readAsText = (path: string): string => extractFile(archive, path).toString('utf8');

test('the fuses of the built program stand as they should', async () => {
  const fuses = await readFuses(packagedExecutable());
  expect(fuses).toEqual({
    RunAsNode: false,
    EnableCookieEncryption: true,
    EnableNodeOptionsEnvironmentVariable: false,
    EnableNodeCliInspectArguments: false,
    EnableEmbeddedAsarIntegrityValidation: true,
    OnlyLoadAppFromAsar: true,
    LoadBrowserProcessSpecificV8Snapshot: false,
    GrantFileProtocolExtraPrivileges: false,
    // Older Electrons do not have this one.
    ...('WasmTrapHandlers' in fuses ? { WasmTrapHandlers: true } : {}),
  });
});

test('the app is in an archive, whose every file has a digest', () => {
  const { header } = getRawHeader(archive);
  type Entry = { files: Record<string, Entry> } | { integrity?: { algorithm: string; hash: string } };
  const digests = (entry: Entry): (string | undefined)[] =>
    ('files' in entry ? Object.values(entry.files).flatMap(digests) : [entry.integrity?.algorithm]);
  expect(new Set(digests(header as Entry))).toEqual(new Set(['SHA256']));
  // Nothing else could be loaded in its place.
  expect(readdirSync(join(unpackedApp(), 'resources')).filter((name) => /^(?:app|default_app)/.test(name)).sort())
    .toEqual(['app.asar', 'app.asar.unpacked']);
});

test('there is one native addon, SQLite’s for this system, and it lies beside the archive', () => {
  const addons = files().filter((path) => path.endsWith('.node'));
  expect(addons).toHaveLength(1);
  expect(addons[0]?.replace('node_modules/better-sqlite3/', ''))
    .toMatch(/^(?:build\/Release\/better_sqlite3|prebuilds\/linux-\w+)\.node$/);
  expect(statSync(join(`${archive}.unpacked`, addons[0] ?? '')).size).toBeGreaterThan(1_000_000);
});

test('no sources, maps, tests or tools are in it', () => {
  const unwanted = files().filter((path) =>
    /\.(?:ts|mts|cts|vue|map|md|c|cc|h|gyp)$|(?:^|\/)(?:test|tests|docs)(?:\/|$)|^src(?:\/|$)/.test(path));
  expect(unwanted).toEqual([]);
  const packages = new Set(files().flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []));
  expect([...packages].sort()).toEqual(['better-sqlite3', 'cbor-x', 'electron-log']);
});

test('a package on another Electron than the official one says that it is a test build', () => {
  const { productName, desktopName, scripts } = JSON.parse(readAsText('package.json')) as Record<string, unknown>;
  expect(productName).toBe(product.name);
  expect(desktopName).toBe(`${product.executable}.desktop`);
  expect(String(productName).includes('Test Build')).toBe(product.isTestBuild);
  expect(scripts).toBeUndefined();
});

test('every shipped part is there with its licence', () => {
  const parts = JSON.parse(readAsText('out/licences.json')) as { name: string; licence: string; text: string }[];
  const names = parts.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining([
    '@vue/runtime-core', 'pinia', 'zod', 'reka-ui', 'tailwindcss', 'better-sqlite3', 'cbor-x', 'electron-log', 'SQLite',
    'Electron', '@fontsource-variable/inter', '@fontsource-variable/jetbrains-mono',
  ]));
  for (const part of parts) {
    expect(part.licence, part.name).toMatch(/^(?:MIT|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|OFL-1\.1|blessing)$/);
    expect(part.text.length, part.name).toBeGreaterThan(100);
  }
  const text = readFileSync(join(unpackedApp(), 'resources', 'licences', 'THIRD-PARTY.txt'), 'utf8');
  for (const name of names) expect(text).toContain(`\n${name} `);
  for (const file of ['LICENSE.electron.txt', 'LICENSES.chromium.html']) {
    expect(statSync(join(unpackedApp(), file)).size).toBeGreaterThan(500);
  }
});
