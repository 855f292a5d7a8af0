/** Scripts in a simulated lab: the same text on every machine, without a wall clock or a name that differs. */
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { LabConsole } from '../../src/cli/terminal/labConsole.ts';
import { LabView } from '../../src/cli/terminal/labView.ts';
import { PipedTerminal } from '../../src/cli/terminal/pipedTerminal.ts';
import type { LabService } from '../../src/lab/service.ts';
import { DEFAULT_SIMULATION } from '../../src/contract/time.ts';
import { steppedLab } from '../scenario/steppedLab.ts';
import { SCRIPTED_LAB, SIMULATED_SCRIPTS } from './simulatedScripts.ts';

async function transcriptOf(script: readonly string[]): Promise<string> {
  const nothing = (): (() => void) => () => undefined;
  const lab = steppedLab();
  const execute = (name: 'lan:status' | 'time:status', input: Record<string, never>): Promise<unknown> =>
    name === 'lan:status' ? Promise.resolve({ mode: 'local' }) : lab.execute(name, input);
  const service = { ...lab, execute, onTime: nothing, onLabChanged: nothing } as unknown as LabService;
  const { seed, ...wanted } = SCRIPTED_LAB;
  await service.execute('lab:create', { ...wanted, simulation: { seed, ...DEFAULT_SIMULATION } });
  const view = await LabView.attach(service);
  const output = new PassThrough();
  const told = text(output);
  const labConsole = new LabConsole(service, view, { leaderWithinMs: 30_000, letsTimeRun: true });
  await new PipedTerminal(Readable.from(script.map((line) => `${line}\n`)), output, view, labConsole).run();
  output.end();
  return told;
}

test.each(Object.entries(SIMULATED_SCRIPTS))('%s', async (name, script) => {
  const told = await transcriptOf(script);
  expect(await transcriptOf(script)).toBe(told);
  await expect(told).toMatchFileSnapshot(`../fixtures/transcripts/${name}.txt`);
});
