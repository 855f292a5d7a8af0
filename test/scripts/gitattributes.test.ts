// What git on Windows may do to the files of a checkout: nothing.
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { expect, test } from 'vitest';
import { projectDirectory, projectPath } from '../../scripts/setup/project.mjs';

const NOT_IN_GIT = new Set(['.git', ...read('.gitignore').split('\n').map((line) => line.replace(/\/$/, ''))]);

function read(name: string): string {
  return readFileSync(projectPath(name), 'utf8');
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (NOT_IN_GIT.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

const rules = read('.gitattributes').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
const isBinary = (path: string): boolean => rules.includes(`*${extname(path)} binary`);
const files = filesBelow(projectDirectory);

test('text has the line ends of Unix on every system, before any other rule', () => {
  expect(rules[0]).toBe('* text=auto eol=lf');
});

test('text here has them, and what is not text is marked so', () => {
  expect(files.length).toBeGreaterThan(500);
  const wrong = files.filter((path) => {
    const bytes = readFileSync(path);
    return bytes.includes(0) ? !isBinary(path) : !isBinary(path) && bytes.includes('\r\n');
  });
  expect(wrong).toEqual([]);
});

test('no name that Windows cannot have, and no two that are one there', () => {
  const names = files.flatMap((path) => path.slice(projectDirectory.length).split(/[\\/]/));
  const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)|[<>:"|?*]|[. ]$/i;
  expect(names.filter((name) => reserved.test(name))).toEqual([]);
  expect(new Set(files.map((path) => path.toLowerCase())).size).toBe(files.length);
});
