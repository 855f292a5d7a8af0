import { expect, test } from 'vitest';
import { availableName, missingLibraryPackages } from '../../../scripts/setup/systemLibraries.mjs';

test('names the package of each library that the index does not have', () => {
  const everything = missingLibraryPackages('');
  expect(everything).toContain('libgtk-3-0');
  expect(everything).toContain('libnss3');
  const withGtk = missingLibraryPackages('libgtk-3.so.0\0/usr/lib/libgtk-3.so.0\0');
  expect(withGtk).toEqual(everything.filter((name) => name !== 'libgtk-3-0'));
});

test('a library counts only under its whole name', () => {
  expect(missingLibraryPackages('libnss3.so.old\0')).toContain('libnss3');
});

test('takes the name that this release of the system uses', () => {
  expect(availableName('libasound2', new Set(['libasound2']))).toBe('libasound2');
  expect(availableName('libasound2', new Set(['libasound2t64']))).toBe('libasound2t64');
  expect(availableName('libasound2', new Set())).toBe('libasound2');
});
