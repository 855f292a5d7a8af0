/** Opens a lab of this machine that was taken, of either kind. */
import type { LabError } from '../contract/errors.ts';
import type { LabStore, TakenLab } from '../lab/files/labStore.ts';
import { OpenLab } from '../lab/openLab.ts';
import { OpenLabCommands } from '../lab/openLabCommands.ts';
import { OpenSimulatedLab } from '../lab/simulated/openSimulatedLab.ts';
import type { LifecycleOptions, LifecycleState } from './lifecycleState.ts';

/**
 * @param onFailed a simulated lab has ended by itself
 * @throws {LabError} when it cannot be opened; then it is released
 */
export async function openTaken(
  taken: TakenLab, store: LabStore, options: LifecycleOptions,
  onFailed: (lab: OpenSimulatedLab, problem: LabError) => void,
): Promise<Extract<LifecycleState, { readonly type: 'own' | 'simulated' }>> {
  const { workerUrls, log, reader, history, onEvents, onTime, onLabChanged, tellsEveryEvent = false } = options;
  if (taken.file.simulated === undefined) {
    const lab = await OpenLab.open(taken, { store, nodeWorkerUrl: workerUrls.node, reader, log, onEvents, history });
    return { type: 'own', own: { lab, commands: new OpenLabCommands(lab, reader), hosting: undefined } };
  }
  const lab: OpenSimulatedLab = await OpenSimulatedLab.open(taken, {
    folder: store.folderOf(taken.file.labId), workerUrl: workerUrls.simulation, log, onEvents, onTime,
    tellsEveryEvent,
    onMoved: () => onLabChanged(),
    onFailed: (problem) => onFailed(lab, problem),
  });
  return { type: 'simulated', lab };
}
