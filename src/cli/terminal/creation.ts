/** Opens a lab by its name, and makes it when there is none: a service may be started again and again. */
import { LabError } from '../../contract/errors.ts';
import type { LabService } from '../../lab/service.ts';
import type { CreateOptions } from './options.ts';

/** @throws {LabError} when it cannot be opened or made, or when several labs bear the name */
export async function openOrCreate(service: LabService, { name, nodeCount, pace }: CreateOptions): Promise<void> {
  const known = (await service.execute('lab:list', {})).filter((lab) => lab.name === name);
  const [lab, another] = known;
  if (another !== undefined) {
    throw new LabError('invalid-argument', `${known.length} labs are called “${name}”: choose another name`);
  }
  if (lab === undefined) {
    await service.execute('lab:create', { name, nodeCount, pace });
  } else if (!lab.isOpen) {
    await service.execute('lab:open', { labId: lab.labId });
  }
}
