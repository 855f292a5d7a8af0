/** Every scenario in examples/scenarios with real nodes: what it expects comes true. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runScenarioFile } from '../../src/cli/scenario/runScenario.ts';
import { workerUrls } from './support.ts';

const FOLDER = new URL('../../examples/scenarios/', import.meta.url);

test.each(readdirSync(FOLDER))('%s', async (name) => {
  const told: string[] = [];
  const print = (line: string): void => void told.push(line);
  const exitCode = await runScenarioFile({ file: fileURLToPath(new URL(name, FOLDER)), isLive: true, json: false }, {
    workerUrls, print, printError: print, stopped: new Promise(() => undefined),
  });
  expect(exitCode, told.join('\n')).toBe(0);
  expect(told.at(-1)).toMatch(/^\d+ passed$/);
});
