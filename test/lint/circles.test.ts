// No file imports itself by way of others: who reads one need not read the others first.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

type Imports = ReadonlyMap<string, readonly string[]>;

const RELATIVE_IMPORT = /(?:\bfrom\s+|\bimport\s*\(?\s*)'(\.[^'?]+)/g;

function importsOf(file: string, text: string): readonly string[] {
  return [...text.matchAll(RELATIVE_IMPORT)].map(([, specifier = '']) => normalize(join(dirname(file), specifier)));
}

/** The shortest way from a file back to itself; undefined when there is none. */
function circleOf(start: string, imports: Imports): readonly string[] | undefined {
  const ways: string[][] = [[start]];
  const seen = new Set<string>();
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    for (const next of imports.get(way.at(-1) ?? '') ?? []) {
      if (next === start) return [...way, next];
      if (!seen.has(next)) {
        seen.add(next);
        ways.push([...way, next]);
      }
    }
  }
  return undefined;
}

const circlesIn = (imports: Imports): readonly string[] => (
  [...imports.keys()].flatMap((file) => circleOf(file, imports)?.join(' → ') ?? [])
);

test('files of src/ import each other in one direction', () => {
  // Between rooms there are none: the walls let arrows go one way only.
  const files = globSync('src/**/*.{ts,vue}');
  const imports = new Map(files.map((file) => [normalize(file), importsOf(file, readFileSync(file, 'utf8'))]));
  expect(imports.size).toBeGreaterThan(400);
  expect([...imports.values()].flat().length).toBeGreaterThan(1000);
  expect(circlesIn(imports)).toEqual([]);
});

test('a circle is found, whichever kind of import closes it', () => {
  const planted = (back: string): Imports => new Map([
    ['src/a/one.ts', importsOf('src/a/one.ts', "import { two } from '../b/two.ts';\nimport './other.ts';")],
    ['src/b/two.ts', importsOf('src/b/two.ts', "export * from './three.ts';")],
    ['src/b/three.ts', importsOf('src/b/three.ts', back)],
  ].map(([file, found]) => [normalize(file as string), found as string[]]));
  for (const back of ["import type { One } from '../a/one.ts';", "export { one } from '../a/one.ts';",
    "type One = import('../a/one.ts').One;", "import '../a/one.ts';"]) {
    expect(circlesIn(planted(back))).toHaveLength(3);
  }
  expect(circlesIn(planted("import { four } from './four.ts';"))).toEqual([]);
});
