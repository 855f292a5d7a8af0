/** Waiting for an answer in a lab whose time stands still: it runs until the answer is there, and not a step longer. */
import { LabError } from '../contract/errors.ts';
import { RUN_MS_MAX } from '../contract/time.ts';
import type { TimeAnswers, TimeCommandInput } from '../contract/time.ts';

/** How exactly the moment of an answer is met: to a millisecond, and after a long wait to this share of it. */
const SLICE_MS = 1;
const SLICE_SHARE = 0.02;
/** Every command of a lab is answered long before this, if only with an unknown outcome. */
const ANSWER_WITHIN_MS = RUN_MS_MAX / 100;

type TimeAsker = <Name extends 'time:status' | 'time:runFor'>(
  name: Name, input: TimeCommandInput<Name>,
) => Promise<TimeAnswers[Name]>;

/**
 * Lets time run in slices until a command is answered. The lab answers in the order in which it was asked, so virtual
 * time alone decides how many slices that takes: a script comes out the same on every machine.
 * @param ask sends a command of time to the lab
 * @throws whatever the answer rejects with; {LabError} `unknown-outcome` when there is none for a long virtual time
 */
export async function answeredInVirtualTime<Answer>(answer: Promise<Answer>, ask: TimeAsker): Promise<Answer> {
  const state = { isSettled: false };
  const settle = (): void => {
    state.isSettled = true;
  };
  answer.then(settle, settle);
  // What needs no time is answered before this one.
  await ask('time:status', {});
  let ranMs = 0;
  while (!state.isSettled) {
    if (ranMs > ANSWER_WITHIN_MS) {
      throw new LabError('unknown-outcome', 'There is no answer after minutes of virtual time.');
    }
    const forMs = Math.max(SLICE_MS, Math.floor(ranMs * SLICE_SHARE));
    await ask('time:runFor', { forMs });
    ranMs += forMs;
  }
  return answer;
}
