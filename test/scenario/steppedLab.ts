/** A simulated lab whose time goes on only as it is asked, for tests of what asks it. */
import { LabError } from '../../src/contract/errors.ts';
import { DEFAULT_SIMULATION } from '../../src/contract/time.ts';
import type { TimeStatus } from '../../src/contract/time.ts';
import type { ScenarioService } from '../../src/scenario/scenarioRun.ts';
import { SimulatedLab } from '../../src/sim/lab/simulatedLab.ts';
import { parseCondition } from '../../src/trace/conditions.ts';
import type { TraceEvent } from '../../src/trace/events.ts';
import type { NodeName } from '../../src/trace/names.ts';

type Inputs = Record<string, unknown> & {
  nodeCount: number; name: string; pace: 'fast'; simulation: { seed: number };
  node: NodeName; forMs: number; condition: string; withinMs: number; command: never;
  groups: NodeName[][];
};

export function steppedLab(): { readonly service: ScenarioService; readonly asked: readonly string[] } {
  const asked: string[] = [];
  let lab: SimulatedLab | undefined;
  let atMs = 0;
  let listener: (events: readonly TraceEvent[]) => void = () => undefined;
  const run = (ms: number): TimeStatus => {
    lab?.run(ms);
    atMs += ms;
    return status(atMs);
  };
  const until = (text: string, withinMs: number): TimeStatus => {
    const condition = parseCondition(text);
    const state = { isMet: false };
    const inner = listener;
    listener = (events) => {
      inner(events);
      for (const event of events) state.isMet ||= lab !== undefined && condition.isMet(lab.trace.view, event);
    };
    for (const endsAtMs = atMs + withinMs; !state.isMet && atMs < endsAtMs;) run(1);
    listener = inner;
    return status(atMs);
  };
  const answers: Record<string, (input: Inputs) => unknown> = {
    'lab:create': ({ name, nodeCount, pace, simulation }) => {
      lab = new SimulatedLab({
        labId: 'lab', name, nodeCount, pace, seed: simulation.seed, beginsAtMs: 0,
        onEvents: (events) => listener(events),
      });
    },
    'lab:attach': () => lab?.attach(),
    'time:status': () => status(atMs),
    'time:hold': () => status(atMs),
    'time:runFor': ({ forMs }) => run(forMs),
    'time:until': ({ condition, withinMs }) => until(condition, withinMs),
    'node:crash': ({ node }) => lab?.crash(node),
    'node:restart': ({ node }) => lab?.restart(node),
    'network:partition': ({ groups }) => lab?.partition(groups),
    'network:heal': () => lab?.heal(),
    'kv:execute': ({ node, command }) => lab?.kv(node, { client: node, command, timeoutMs: 2000 })
      .then(({ answer }) => answer),
  };
  return {
    asked,
    service: {
      execute: async (name, input) => {
        asked.push(name);
        const answer = answers[name];
        if (answer === undefined) throw new LabError('refused', `${name} is not in this test`);
        // A microtask passes before it is carried out, as with any service.
        return await Promise.resolve().then(() => answer(input as unknown as Inputs)) as never;
      },
      subscribe: (given) => {
        listener = given;
        return () => undefined;
      },
    },
  };
}

function status(atMs: number): TimeStatus {
  return {
    simulation: { seed: 1, ...DEFAULT_SIMULATION }, state: 'held', speed: 1, step: Math.round(atMs * 1000), atMs,
    branch: 0, branches: [], heldBecause: null, lastStep: null, next: [], nextBeyond: 0,
  };
}
