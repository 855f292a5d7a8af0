/** The time of a simulated lab that a terminal opens again. */
import { expect, test } from 'vitest';
import { LabTime } from '../../src/cli/terminal/labTime.ts';
import type { LabService } from '../../src/lab/service.ts';
import { LabInHand } from '../sim/lab/labInHand.ts';

test('no command is sent before the lab is at the moment at which it was left', async () => {
  const { status } = LabInHand.make();
  let tell: (time: typeof status) => void = () => undefined;
  const service = {
    execute: () => Promise.resolve({ ...status, state: 'seeking' }),
    onTime: (listener: typeof tell) => { tell = listener; },
    onLabChanged: () => undefined,
  } as unknown as LabService;
  let attached: LabTime | undefined;
  const attaching = LabTime.attach(service).then((time) => { attached = time; });
  await new Promise(setImmediate);
  tell({ ...status, state: 'seeking', atMs: 500 });
  await new Promise(setImmediate);
  expect(attached).toBeUndefined();
  tell({ ...status, state: 'held', atMs: 2000 });
  await attaching;
  expect(attached?.status).toMatchObject({ state: 'held', atMs: 2000 });
});
