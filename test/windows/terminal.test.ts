// The lab without a window, on Windows: every command once, and the same lab opened again.
import { expect, test } from 'vitest';
import { runLab, windowsFolder } from './support/windowsProgram.ts';
import { windowsPath } from './support/windows.ts';

test('a lab writes, survives crashes, and keeps its data for the next run', async () => {
  const folder = windowsPath(windowsFolder());
  const first = await runLab(['--data', folder], {
    input: ['pace fast', 'put colour "deep sea"', 'crash leader', '@leader incr visits', '@leader get colour', 'quit']
      .map((line) => `${line}\r\n`).join(''),
  });
  expect([first.errors, first.code]).toEqual(['', 0]);
  expect(first.output).toMatch(/❯ put colour "deep sea"\r?\n {2}ok {2}index \d+ · term \d+ · n1/);
  const second = await runLab(['--data', folder], { input: 'use leader\nget visits\nlist\nquit\n' });
  expect([second.errors, second.code]).toEqual(['', 0]);
  expect(second.output).toMatch(/colour "deep sea"\r?\n {2}visits "1"/);
});
