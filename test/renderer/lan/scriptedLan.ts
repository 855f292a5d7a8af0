/** A LAN by script: this lab can be opened, and machines join by themselves; one other lab can be joined. */
import { LabError } from '../../../src/contract/errors.ts';
import type {
  ConnectionTestStep, LanStatus, MachineStatus,
} from '../../../src/contract/lan.ts';
import type { LanHandlers } from '../../../src/renderer/bridge/simulated.ts';

/** The code of the lab that can be joined; all others are wrong. */
export const LAN_DOOR_PASSWORD = '4x7qm2d9tpavjs8kz3wh';
export const LAN_CODE = 'K7QM-3XPA-9TWHF';
export const LAN_LAB = { tag: 'room12', name: 'Room 12', address: '192.168.1.20', port: 47_317 } as const;
const RENEWED_CODE = 'W4ZC-81RB-5NVEG';
const OWN_ID = '5b1f6a54-6f0e-4c5e-9a57-0d6a0f9f4c01';

const machineId = (number: number): string => `5b1f6a54-6f0e-4c5e-9a57-0d6a0f9f4d${String(number).padStart(2, '0')}`;

function machine(number: number, more: Partial<MachineStatus> = {}): MachineStatus {
  return {
    machineId: machineId(number), name: `Desk ${number}`, role: 'member', address: `192.168.1.${100 + number}`,
    isConnected: true, roundTripMs: 0.4 + number / 5, nodes: [`n${5 + number}`], permits: true,
    lastAction: 'brought a node', lastActionAtMs: Date.now() - 9000 * number, eventsLeftOut: 0, ...more,
  };
}

const HOST_ID = '5b1f6a54-6f0e-4c5e-9a57-0d6a0f9f4d00';

/** This machine, on the wall of the lab that it has opened. */
function hostHere(name: string, address: string): MachineStatus {
  return machine(0, {
    machineId: HOST_ID, name, role: 'host', address, roundTripMs: null, nodes: ['n1', 'n2', 'n3'],
    lastAction: 'partition', lastActionAtMs: Date.now() - 42_000,
  });
}

/** The machines that join an opened lab: a normal one, a slow one, a disconnected one, and one that only looks. */
function guests(): MachineStatus[] {
  return [
    machine(1),
    machine(2, { permits: false, roundTripMs: 38.2, eventsLeftOut: 1240, lastAction: 'put colour teal' }),
    machine(3, { isConnected: false, roundTripMs: null, lastAction: 'is no longer connected' }),
    machine(4, {
      name: 'Ada’s laptop', role: 'viewer', nodes: [], permits: false, lastAction: null, lastActionAtMs: null,
    }),
  ];
}

export function scriptedLan(): LanHandlers {
  let machineName = 'desk-7';
  let permits: boolean | null = null;
  let status: Exclude<LanStatus, { mode: 'local' }> | null = null;
  let broughtCount = 0;

  function host(): LanStatus & { readonly mode: 'host' } {
    if (status?.mode !== 'host') throw new LabError('refused', 'this lab is not open to the network: open it first');
    return status;
  }

  function joined(): LanStatus & { readonly mode: 'joined' } {
    if (status?.mode !== 'joined') throw new LabError('refused', 'this machine has joined no lab');
    return status;
  }

  const ownMachine = (nodes: MachineStatus['nodes'], role: MachineStatus['role']): MachineStatus => machine(7, {
    machineId: OWN_ID, name: machineName, role, nodes, permits: permits ?? false,
    lastAction: null, lastActionAtMs: null,
  });

  function test(address: string, code: string): ConnectionTestStep[] {
    const network = { what: 'Network', outcome: 'ok', detail: `${address} is in the subnet of eth0` } as const;
    if (address !== LAN_LAB.address) {
      const detail = 'no reply: compare the address with the one that the host shows';
      return [network, { what: 'Reply', outcome: 'failed', detail }];
    }
    const reply = { what: 'Reply', outcome: 'ok', detail: 'the host answers' } as const;
    return code === LAN_CODE
      ? [network, reply, { what: 'Code', outcome: 'ok', detail: 'the code is right' },
          { what: 'Clock', outcome: 'warning', detail: 'this machine’s clock is 12 s behind the host’s' },
          { what: 'Datagrams', outcome: 'ok', detail: 'datagrams (UDP) pass both ways' }]
      : [network, reply, { what: 'Code', outcome: 'failed', detail: 'the host does not know this code' }];
  }

  return {
    'lan:interfaces': () => [
      { name: 'eth0', address: '192.168.1.20', explanation: 'Wired network: the best choice in a lab' },
      { name: 'wlan0', address: '10.0.0.14', explanation: 'Wi-Fi: many school networks keep their clients apart' },
    ],
    'lan:status': () => status ?? { mode: 'local', machineName, permits },
    'lan:open': ({ address, port }) => {
      status = {
        mode: 'host', address, port: port ?? LAN_LAB.port, code: LAN_CODE, doorPassword: LAN_DOOR_PASSWORD,
        joiningIsOpen: true,
        machines: [hostHere(machineName, address), ...guests()],
        wrongCodes: [{ address: '192.168.1.131', tries: 6, atMs: Date.now() }],
      };
      return status;
    },
    'lan:close': () => {
      status = null;
      return null;
    },
    'lan:renewCode': () => (status = { ...host(), code: RENEWED_CODE }),
    'lan:setJoining': ({ isOpen }) => {
      status = { ...host(), joiningIsOpen: isOpen };
      return null;
    },
    'lan:dismiss': ({ machineId: wanted }) => {
      const { machines } = host();
      status = { ...host(), machines: machines.filter((candidate) => candidate.machineId !== wanted) };
      return null;
    },
    'lan:find': () => ({ labs: [LAN_LAB], problem: null }),
    'lan:test': ({ address, code }) => {
      const steps = test(address, code);
      return { steps, canJoin: steps.every(({ outcome }) => outcome !== 'failed') };
    },
    'lan:join': ({ address, port, code, machineName: name, role }) => {
      const failed = test(address, code).find(({ outcome }) => outcome === 'failed');
      if (failed !== undefined) throw new LabError('refused', failed.detail);
      machineName = name ?? machineName;
      const teacher = machine(0, { name: 'teacher', role: 'host', address, nodes: ['n1', 'n2', 'n3'] });
      status = {
        mode: 'joined', hostName: 'teacher', address, port, role, machineId: OWN_ID, permits: permits ?? false,
        isConnected: true, needsCode: false, doorPassword: LAN_DOOR_PASSWORD, clockOffsetMs: 0, problem: null,
        machines: [teacher, ownMachine([], role)],
      };
      return null;
    },
    'lan:useCode': () => {
      status = { ...joined(), isConnected: true, needsCode: false, problem: null };
      return null;
    },
    'lan:leave': () => {
      joined();
      status = null;
      return null;
    },
    'lan:bringNode': () => {
      const { machines, ...rest } = joined();
      broughtCount += 1;
      const name = `n${5 + broughtCount}` as const;
      const nodes = [...machines.find((candidate) => candidate.machineId === OWN_ID)?.nodes ?? [], name];
      status = { ...rest, machines: [...machines.filter(({ role }) => role === 'host'), ownMachine(nodes, 'member')] };
      return name;
    },
    'lan:setPermits': ({ permits: given }) => {
      permits = given;
      if (status?.mode === 'joined') status = { ...status, permits: given };
      return null;
    },
  };
}
