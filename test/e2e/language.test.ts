// Dates and numbers as the system writes them, while the words stay English.
import { expect, test } from 'vitest';
import { dataFolder, TestApp } from './support/app.ts';

test.each([
  ['de_DE.UTF-8', '1.234.567'],
  ['en_GB.UTF-8', '1,234,567'],
])('%s writes a million as %s', async (language, written) => {
  const app = await TestApp.launch({ dataPath: dataFolder(), language });
  expect(await app.page.evaluate(() => (1_234_567).toLocaleString())).toBe(written);
});
