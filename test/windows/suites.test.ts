// What is not tried under Wine is known by name and reason (the tests themselves: the project windows-suites).
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { projectPath } from '../../scripts/setup/project.mjs';
import { NOT_UNDER_WINE } from './support/notUnderWine.ts';

test('every file that is listed as not tried under Wine is there', () => {
  expect(Object.keys(NOT_UNDER_WINE).filter((file) => !existsSync(projectPath(file)))).toEqual([]);
});
