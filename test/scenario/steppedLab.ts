/** A simulated lab whose time goes on only as it is asked, for tests of what asks it. */
import type { ReadKind } from '../../src/contract/answers.ts';
import { LabError } from '../../src/contract/errors.ts';
import { DEFAULT_SIMULATION } from '../../src/contract/time.ts';
import type { TimeStatus } from '../../src/contract/time.ts';
import type { ScenarioService } from '../../src/scenario/scenarioRun.ts';
import { SimulatedLab } from '../../src/sim/lab/simulatedLab.ts';
import { parseCondition } from '../../src/trace/conditions.ts';
import type { Hold, LinkFaults, TraceEvent } from '../../src/trace/events.ts';
import type { NodeName } from '../../src/trace/names.ts';

type Inputs = Record<string, unknown> & {
  nodeCount: number; name: string; pace: 'fast'; simulation: { seed: number };
  node: NodeName; forMs: number; condition: string; withinMs: number; command: never; read?: ReadKind;
  groups: NodeName[][]; from: NodeName; to: NodeName; bothWays: boolean; faults: LinkFaults; hold: Hold;
  messageId: string;
};

export function steppedLab(): ScenarioService {
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
    return { ...status(atMs), heldBecause: state.isMet ? text : null };
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
    'lan:status': () => ({ mode: 'local', machineName: 'desk 1', permits: null }),
    'time:runFor': ({ forMs }) => run(forMs),
    'time:until': ({ condition, withinMs }) => until(condition, withinMs),
    'node:crash': ({ node }) => lab?.crash(node),
    'node:restart': ({ node }) => lab?.restart(node),
    'network:partition': ({ groups }) => lab?.partition(groups),
    'network:heal': () => lab?.heal(),
    'network:hold': ({ hold }) => lab?.holdAll(hold),
    'link:set': ({ from, to, bothWays, faults }) => lab?.setLink(from, to, bothWays, faults),
    'message:lose': ({ node, messageId }) => lab?.actOnHeld(node, 'lose', messageId),
    'node:compact': ({ node }) => lab?.compact(node),
    'cluster:transfer': ({ to }) => lab?.transfer(to).then(({ answer }) => answer),
    'kv:execute': ({ node, command, read = 'read-index' }) => lab
      ?.kv(node, { client: node, command, read, timeoutMs: 2000 })
      .then(({ answer }) => answer),
  };
  return {
    execute: async (name, input) => {
      const answer = answers[name];
      if (answer === undefined) throw new LabError('refused', `${name} is not in this test`);
      // A microtask passes before it is carried out, as with any service.
      return await Promise.resolve().then(() => answer(input as unknown as Inputs)) as never;
    },
    subscribe: (given) => {
      listener = given;
      return () => undefined;
    },
  };
}

function status(atMs: number): TimeStatus {
  return {
    simulation: { seed: 1, ...DEFAULT_SIMULATION }, state: 'held', speed: 1, step: Math.round(atMs * 1000), atMs,
    branch: 0, branches: [], heldBecause: null, lastStep: null, next: [], nextBeyond: 0,
  };
}
