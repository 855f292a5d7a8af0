/**
 * What is kept of a simulated lab: its seed, its settings, and what was done in each branch. Where it continues a live
 * lab, what that one left is needed as well (labBeginning.ts); otherwise nothing else is.
 */
import { z } from 'zod';
import { BRANCH_NAME_MAX, BRANCHES_MAX, simulationSchema, SPEED_LEAST, SPEED_MAX } from '../../contract/time.ts';
import { commandSchemas, LAB_NODES_MAX, labIdSchema, labNameSchema, paceSchema } from '../../contract/commands.ts';
import { raftVariant, rulesOff } from '../../trace/schemaParts.ts';
import { ACTIONS_MAX, isLabActionName, type LabAction } from './labActions.ts';

/** A branch is not run further: about a day of five nodes at class pace. */
export const STEPS_MAX = 50_000_000;
const MICROS_MAX = 1e15;

const momentSchema = z.strictObject({
  step: z.int().min(0).max(STEPS_MAX), atMicros: z.number().min(0).max(MICROS_MAX),
});

/** An action is checked as the command that it was. */
const actionSchema = z.custom<LabAction>((value) => {
  const action = z.strictObject({ name: z.string(), input: z.unknown() }).safeParse(value);
  return action.success && isLabActionName(action.data.name)
    && commandSchemas[action.data.name].safeParse(action.data.input).success;
}, 'not an action of a simulated lab');

const branchSchema = z.strictObject({
  branch: z.int().min(0),
  parent: z.int().min(0).nullable(),
  name: z.string().min(1).max(BRANCH_NAME_MAX),
  fork: momentSchema,
  end: momentSchema,
  actions: z.array(momentSchema.extend({ action: actionSchema })).max(ACTIONS_MAX),
});

export const labRecordSchema = z.strictObject({
  labId: labIdSchema,
  name: labNameSchema,
  nodeCount: z.int().min(1).max(LAB_NODES_MAX),
  pace: paceSchema,
  variant: raftVariant,
  /** Absent: not allowed. */
  leaseReads: z.boolean().optional(),
  simulation: simulationSchema,
  /** It is the run of a seed as `npm run sim` does it; what is above is then only for people. */
  seedRun: z.strictObject({ rulesOff }).optional(),
  speed: z.number().min(SPEED_LEAST).max(SPEED_MAX),
  /** A branch comes after the one in which it began. `contradictionIn` says what else is true of them. */
  branches: z.array(branchSchema).min(1).max(BRANCHES_MAX),
  /** What was shown last. */
  shown: momentSchema.extend({ branch: z.int().min(0) }),
});

export type LabRecord = z.output<typeof labRecordSchema>;

type Branches = LabRecord['branches'];
type Moment = Pick<LabRecord['shown'], 'step' | 'atMicros'>;

/** What makes no sense in branches that are valid one by one, and where; null: nothing. */
export function contradictionIn(
  { branches, shown }: Pick<LabRecord, 'branches' | 'shown'>,
): { readonly path: readonly (string | number)[]; readonly message: string } | null {
  for (const [at, branch] of branches.entries()) {
    const message = problemOf(branch, branches.slice(0, at));
    if (message !== null) return { path: ['branches', at], message };
  }
  const end = branches.find(({ branch }) => branch === shown.branch)?.end;
  if (end === undefined) return { path: ['shown'], message: `there is no branch ${shown.branch}` };
  return isBefore(end, shown) ? { path: ['shown'], message: 'the moment comes after the end of its branch' } : null;
}

function problemOf({ branch: id, parent, fork, end, actions }: Branches[number], earlier: Branches): string | null {
  if (earlier.some(({ branch }) => branch === id)) return `branch ${id} is there twice`;
  const from = earlier.find(({ branch }) => branch === parent);
  if ((from === undefined) !== (earlier.length === 0) || (parent === null) !== (from === undefined)) {
    return `branch ${id} begins in one that is not there`;
  }
  if (isBefore(from?.end ?? BEGINNING, fork)) return `branch ${id} begins where nothing was`;
  // Each action is a step of the branch, the one after it another.
  const moments = [...actions, end];
  const isInOrder = moments.every((moment, at) => {
    const before = moments[at - 1];
    return before === undefined ? !isBefore(moment, fork) : before.step < moment.step && !isBefore(moment, before);
  });
  return isInOrder ? null : `what was done in branch ${id} is out of order`;
}

function isBefore(a: Moment, b: Moment): boolean {
  return a.step < b.step || a.atMicros < b.atMicros;
}

const BEGINNING = { step: 0, atMicros: 0 } as const;

/** A lab in which nothing has happened yet. */
export function newLabRecord<
  Lab extends Pick<LabRecord, 'nodeCount' | 'pace' | 'variant' | 'leaseReads' | 'simulation'>,
>(lab: Lab): Lab & Omit<LabRecord, 'labId' | 'name'> {
  return {
    ...lab,
    speed: 1,
    branches: [{
      branch: 0, parent: null, name: 'the first run', fork: BEGINNING, end: BEGINNING, actions: [],
    }],
    shown: { ...BEGINNING, branch: 0 },
  };
}
