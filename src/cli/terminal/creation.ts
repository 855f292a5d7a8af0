/** Opens a lab by its name, and makes it when there is none: a service may be started many times. */
import { LabError } from '../../contract/errors.ts';
import type { LabService } from '../../lab/service.ts';
import type { CreateOptions } from './options.ts';

/**
 * @throws {LabError} when it cannot be opened or made, when several labs have the name, or when an unreadable lab may
 *   be the one
 */
export async function openOrCreate(service: LabService, wanted: CreateOptions): Promise<void> {
  const { name } = wanted;
  const all = await service.execute('lab:list', {});
  const known = all.filter((lab) => lab.name === name);
  const [lab, another] = known;
  if (another !== undefined) {
    throw new LabError('invalid-argument', `${known.length} labs are called “${name}”: choose another name`);
  }
  const unread = all.find(({ problem }) => problem !== undefined);
  if (lab === undefined && unread !== undefined) {
    // The unreadable lab may be the one that was asked for: an empty lab in its place would look as if its data were
    // lost.
    throw new LabError(
      'corrupt-file',
      `no lab is called “${name}”, and the lab in the folder ${unread.labId} cannot be read: ${unread.problem}`,
    );
  }
  if (lab === undefined) {
    await service.execute('lab:create', wanted);
  } else if (!lab.isOpen) {
    await service.execute('lab:open', { labId: lab.labId });
  }
}
