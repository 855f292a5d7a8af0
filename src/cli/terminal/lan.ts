/** The lab without a window on the LAN: opens its lab, or joins another machine's. */
import { readFile } from 'node:fs/promises';
import { parseInput } from '../../contract/commandInput.ts';
import { LabError } from '../../contract/errors.ts';
import type { LabService } from '../../lab/service.ts';
import { usualMachineName } from '../../lan/lanFile.ts';
import { untilLetGo } from '../../node/storage/heldByOthers.ts';
import type { NodeName } from '../../trace/names.ts';
import type { JoinOptions } from './options.ts';

/** The outcome: in words, and as data for a script. */
export interface LanNews {
  readonly text: string;
  readonly data: { readonly type: 'lan' } & Readonly<Record<string, unknown>>;
}

/**
 * @param by an interface's address, or its name: a service does not know which address it will have tomorrow
 * @param tellCode whether the words contain the join code: what a service prints ends up in the system's log
 * @throws {LabError} when the lab cannot be opened by this address
 */
export async function openToLan(
  service: LabService, by: string, { tellCode }: { readonly tellCode: boolean },
): Promise<LanNews> {
  const status = await service.execute('lan:open', parseInput('lan:open', { address: by }));
  if (status.mode !== 'host') throw new Error(`a lab that was opened to the LAN is ${status.mode}`);
  const code = tellCode ? `join code ${status.code}` : 'the console shows the join code: lan';
  return {
    text: `The lab is open to the network at ${status.address}:${status.port}, ${code}`,
    data: { type: 'lan', ...status },
  };
}

/**
 * Joins, and brings nodes until this machine has as many as were asked for, including those from earlier.
 * @throws {LabError} that says why this machine cannot join
 */
export async function joinLab(
  service: LabService, { address, port, code, role, bring, permits, machineName }: JoinOptions,
): Promise<LanNews> {
  await service.execute('lan:setPermits', { permits });
  const name = machineName ?? usualMachineName();
  await service.execute('lan:join', { address, port, code: await codeOf(code), role, machineName: name });
  const nodes = [...await ownNodes(service)];
  while (nodes.length < bring) nodes.push(await service.execute('lan:bringNode', {}));
  const { view } = await service.execute('lab:attach', {});
  const withNodes = nodes.length === 0 ? '' : ` with ${nodes.join(', ')}`;
  return {
    text: `Joined “${view.name}” at ${address}:${port} as ${name}${withNodes}.`,
    data: { type: 'lan', ...await service.execute('lan:status', {}), nodes },
  };
}

/** The nodes that this machine has in the lab that it joined. */
async function ownNodes(service: LabService): Promise<readonly NodeName[]> {
  const status = await service.execute('lan:status', {});
  if (status.mode !== 'joined') return [];
  return status.machines.find(({ machineId }) => machineId === status.machineId)?.nodes ?? [];
}

/** @throws {LabError} when the file with the code cannot be read */
async function codeOf(code: JoinOptions['code']): Promise<string> {
  if ('text' in code) return code.text;
  try {
    return (await untilLetGo(() => readFile(code.file, 'utf8'))).trim();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LabError('invalid-argument', `the file with the join code cannot be read (${reason})`);
  }
}
