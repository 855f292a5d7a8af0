/** The terminal lab on the LAN: opens its lab, or joins another machine's. */
import { hostname } from 'node:os';
import { MACHINE_NAME_MAX } from '../../contract/lan.ts';
import type { LabService } from '../../lab/service.ts';
import type { JoinOptions } from './options.ts';

/** @returns what to tell the person. @throws {LabError} when the lab cannot be opened by this address */
export async function openToLan(service: LabService, address: string): Promise<string> {
  const status = await service.execute('lan:open', { address });
  return status.mode === 'host'
    ? `The lab is open to the network at ${status.address}:${status.port}, join code ${status.code}`
    : 'The lab is not open to the network.';
}

/** @returns what to tell the person. @throws {LabError} that says why this machine cannot join */
export async function joinLab(
  service: LabService, { address, port, code, role, bring, permits, machineName }: JoinOptions,
): Promise<string> {
  await service.execute('lan:setPermits', { permits });
  const name = machineName ?? hostname().slice(0, MACHINE_NAME_MAX);
  await service.execute('lan:join', { address, port, code, role, machineName: name });
  const { view } = await service.execute('lab:attach', {});
  const status = await service.execute('lan:status', {});
  const machineId = status.mode === 'joined' ? status.machineId : '';
  const known = status.mode === 'joined'
    ? status.machines.find((machine) => machine.machineId === machineId)?.nodes ?? []
    : [];
  const brought: string[] = [...known];
  while (brought.length < bring) {
    brought.push(await service.execute('lan:bringNode', {}));
  }
  const nodes = brought.length === 0 ? '' : ` with ${brought.join(', ')}`;
  return `Joined “${view.name}” at ${address}:${port} as ${name}${nodes}.`;
}
