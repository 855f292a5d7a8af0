/** A simulated lab behind the interface of the lab service, without a thread: time goes on only as it is asked. */
import { LabError } from '../../src/contract/errors.ts';
import { DEFAULT_SIMULATION } from '../../src/contract/time.ts';
import type { CommandInput } from '../../src/contract/commands.ts';
import type { ScenarioService } from '../../src/scenario/scenarioRun.ts';
import { newLabRecord } from '../../src/sim/lab/labRecord.ts';
import { Timeline } from '../../src/sim/lab/timeline.ts';
import type { TimelineCommandName } from '../../src/sim/lab/timeline.ts';
import type { TraceEvent } from '../../src/trace/events.ts';
import { RAFTLAB_VARIANT } from '../../src/trace/variant.ts';

/** How long it works before it looks whether the answer is there, in real milliseconds. */
const BUDGET_MS = 20;

export function steppedLab(): ScenarioService {
  let lab: Timeline | undefined;
  let listener: (events: readonly TraceEvent[]) => void = () => undefined;
  const create = (wanted: CommandInput<'lab:create'>): void => {
    const { variant = RAFTLAB_VARIANT, simulation = { seed: 1, ...DEFAULT_SIMULATION } } = wanted;
    lab = new Timeline(newLabRecord({ labId: 'lab', ...wanted, variant, simulation }), {
      wallMs: () => performance.now(),
      tellsEveryEvent: true,
      listener: {
        onEvents: (events) => listener(events), onMoved: () => undefined, onTime: () => undefined,
        onChanged: () => undefined,
      },
    });
  };
  const ask = async (name: TimelineCommandName, input: never): Promise<unknown> => {
    // As in a thread, where each command is a message: what was answered before is told before.
    await new Promise(setImmediate);
    if (lab === undefined) throw new LabError('no-open-lab', 'no lab is open');
    const state = { isAnswered: false };
    const answer = lab.execute(name, input).finally(() => {
      state.isAnswered = true;
    });
    answer.catch(() => undefined);
    while (!state.isAnswered && lab.work(BUDGET_MS) === 'busy') await Promise.resolve();
    return answer;
  };
  return {
    execute: async (name, input) => {
      if (name === 'lab:create') {
        create(input as CommandInput<'lab:create'>);
        return undefined as never;
      }
      return await ask(name as TimelineCommandName, input as never) as never;
    },
    subscribe: (given) => {
      listener = given;
      return () => undefined;
    },
  };
}
