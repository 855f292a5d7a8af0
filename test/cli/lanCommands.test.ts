/** What the windowless console says of the LAN, and what it refuses, with a lab that answers by heart. */
import { describe, expect, it } from 'vitest';
import { LAN_HELP, runLanCommand } from '../../src/cli/terminal/lanCommands.ts';
import { LabError } from '../../src/contract/errors.ts';
import type { LanStatus, MachineStatus } from '../../src/contract/lan.ts';
import type { LabService } from '../../src/lab/service.ts';

const machine: MachineStatus = {
  machineId: '5b1f6a54-6f0e-4c5e-9a57-0d6a0f9f4c01', name: 'desk 7', role: 'member', address: '10.0.0.7',
  isConnected: true, roundTripMs: 0.4, nodes: ['n4'], permits: true, lastAction: 'put at n4', lastActionAtMs: 0,
  eventsLeftOut: 0,
};
const HOST: LanStatus = {
  mode: 'host', address: '10.0.0.1', port: 47_317, code: '7KQ2M-4XD9T-PAVJS',
  doorPassword: '', joiningIsOpen: false, machines: [machine], wrongCodes: [{ address: '10.0.0.9', tries: 3, atMs: 0 }],
};

const teacher: MachineStatus = {
  ...machine, machineId: '0c7c1a50-58d2-4d3f-8a43-6d0f4f4f3b11', name: 'teacher', role: 'host',
};
const second: MachineStatus = {
  ...machine, machineId: '9a4b6c1e-7a58-4a6f-9d52-1f4cf1ff3c02', address: '10.0.0.8', nodes: [],
};

function service(status: LanStatus = HOST): { readonly asked: [string, unknown][]; readonly lab: LabService } {
  const asked: [string, unknown][] = [];
  const execute = (name: string, input: unknown): Promise<unknown> => {
    asked.push([name, input]);
    return Promise.resolve(name === 'lan:status' ? status : null);
  };
  return { asked, lab: { execute } as unknown as LabService }; // it asks for nothing else
}

async function errorOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(() => 'done', (error: unknown) => (error instanceof LabError ? error.message : String(error)));
}

describe('lan', () => {
  it('tells a host its code, its machines and who tried wrong codes', async () => {
    const { text, value } = await runLanCommand(service().lab, []);
    expect(text.split('\n')).toEqual([
      'open at 10.0.0.1:47317, join code 7KQ2M-4XD9T-PAVJS (joining is closed)',
      'desk 7  member  10.0.0.7  n4  0.4 ms  put at n4',
      'wrong code from 10.0.0.9, 3 tries within a minute',
    ]);
    expect(value).toBe(HOST);
  });

  it('lets a machine go by its name, and says when there is none', async () => {
    const { asked, lab } = service();
    await runLanCommand(lab, ['let-go', 'desk', '7']);
    expect(asked.at(-1)).toEqual(['lan:dismiss', { machineId: machine.machineId }]);
    expect(await errorOf(runLanCommand(lab, ['let-go', 'desk', '8']))).toBe('no other machine here is called desk 8');
  });

  it('of two machines of one name, says how to let go of either', async () => {
    const { asked, lab } = service({ ...HOST, machines: [teacher, machine, second] });
    const problem = await errorOf(runLanCommand(lab, ['let-go', 'desk', '7']));
    expect(problem.split('\n')).toEqual([
      '2 machines are called desk 7: give the id of the one',
      `  lan let-go ${machine.machineId}  10.0.0.7  n4`,
      `  lan let-go ${second.machineId}  10.0.0.8  no nodes`,
    ]);
    const [, ofTheSecond = ''] = /lan (let-go \S+) {2}10\.0\.0\.8/.exec(problem) ?? [];
    expect((await runLanCommand(lab, ofTheSecond.split(' '))).text).toBe('desk 7 is let go');
    expect(asked.at(-1)).toEqual(['lan:dismiss', { machineId: second.machineId }]);
    await runLanCommand(lab, ['let-go', '10.0.0.7']);
    expect(asked.at(-1)).toEqual(['lan:dismiss', { machineId: machine.machineId }]);
    expect(await errorOf(runLanCommand(lab, ['let-go', 'teacher']))).toBe('no other machine here is called teacher');
  });

  it('has every command that its help lists', async () => {
    for (const line of LAN_HELP.split('\n')) {
      const [, verb = ''] = line.split(' ');
      const words = verb === '' ? [] : [verb];
      expect(await errorOf(runLanCommand(service().lab, words))).not.toContain('no command');
    }
  });

  it('reads addresses with and without a port, and codes as people type them', async () => {
    const { asked, lab } = service();
    await runLanCommand(lab, ['join', '10.0.0.1:99', '7KQ2M', '4XD9T', 'PAVJS']);
    expect(asked.find(([name]) => name === 'lan:join')?.[1])
      .toMatchObject({ address: '10.0.0.1', port: 99, code: '7KQ2M 4XD9T PAVJS' });
    expect(await errorOf(runLanCommand(lab, ['join', 'teacher', 'X']))).toContain('not an IPv4 address');
    expect(await errorOf(runLanCommand(lab, ['join', '10.0.0.1']))).toContain('a join code is needed');
    expect(await errorOf(runLanCommand(lab, ['joining', 'maybe']))).toBe('say open or close');
    expect(await errorOf(runLanCommand(lab, ['frobnicate']))).toContain('there is no command lan frobnicate');
  });
});
