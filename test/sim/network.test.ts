/** The simulated network: cuts in one direction, cuts that overlap, slow servers, and calm. */
import { describe, expect, it } from 'vitest';
import { type NetworkSettings, SimulatedNetwork } from '../../src/sim/network.ts';
import { Random } from '../../src/sim/random.ts';
import { Schedule } from '../../src/sim/schedule.ts';

const CLEAR: NetworkSettings = {
  latencyMicros: { min: 10, max: 20 }, lossProbability: 0, duplicateProbability: 0, stragglerProbability: 0,
};

function networkWith(settings: Partial<NetworkSettings> = {}) {
  const schedule = new Schedule();
  const arrived: string[] = [];
  const lost: string[] = [];
  const network = new SimulatedNetwork(schedule, new Random(1, 'network'), { ...CLEAR, ...settings }, (datagram) => {
    expect([...datagram.bytes]).toEqual([datagram.from, datagram.to]);
    arrived.push(`${datagram.from}>${datagram.to} at ${schedule.now}`);
  }, ({ from, to }, reason) => lost.push(`${from}>${to} ${reason}`));
  const send = (from: number, to: number) => {
    network.send({ from, to, bytes: new Uint8Array([from, to]) });
  };
  const runAll = () => {
    while (schedule.runNext(Infinity)) { /* until all is quiet */ }
    return arrived.splice(0).map((line) => line.split(' ')[0]);
  };
  return { network, schedule, arrived, lost, send, runAll };
}

describe('a simulated network', () => {
  it('cuts one direction and leaves the other', () => {
    const { network, send, lost, runAll } = networkWith();
    network.cut([{ from: 1, to: 2 }]);
    send(1, 2);
    send(2, 1);
    expect(runAll()).toEqual(['2>1']);
    expect(lost).toEqual(['1>2 cut']);
  });

  it('loses what is on its way when the link is cut', () => {
    const { network, send, lost, runAll } = networkWith();
    send(1, 2);
    network.cut([{ from: 1, to: 2 }]);
    expect(runAll()).toEqual([]);
    expect(lost).toEqual(['1>2 cut']);
  });

  it('loses it also when the cut is healed before it would have arrived, by itself or with all others', () => {
    const { network, send, runAll } = networkWith();
    send(1, 2);
    network.cut([{ from: 1, to: 2 }])();
    send(1, 3);
    network.cut([{ from: 1, to: 3 }]);
    network.calm(Infinity);
    send(1, 2);
    send(2, 1);
    expect(runAll().sort()).toEqual(['1>2', '2>1']);
  });

  it('keeps a link cut until the last of its cuts is healed, each of them once', () => {
    const { network } = networkWith();
    const link = { from: 1, to: 2 };
    const healFirst = network.cut([link]);
    const healSecond = network.cut([link]);
    healFirst();
    healFirst();
    expect(network.isCut(link)).toBe(true);
    healSecond();
    expect(network.isCut(link)).toBe(false);
  });

  it('is not confused by a cut that ends after everything was healed', () => {
    const { network } = networkWith();
    const heal = network.cut([{ from: 1, to: 2 }]);
    network.calm(Infinity);
    heal();
    network.cut([{ from: 1, to: 2 }]);
    expect(network.isCut({ from: 1, to: 2 })).toBe(true);
  });

  it('delays what a slow server sends and is sent', () => {
    const { network, send, schedule, arrived } = networkWith();
    network.slowDown(2, 100);
    send(1, 2);
    send(2, 1);
    send(1, 3);
    while (schedule.runNext(Infinity)) { /* until all is quiet */ }
    const at = (route: string) => Number(arrived.find((line) => line.startsWith(route))?.split(' ')[2]);
    expect(at('1>3')).toBeLessThanOrEqual(20);
    expect(at('1>2')).toBeGreaterThanOrEqual(1000);
    expect(at('2>1')).toBeGreaterThanOrEqual(1000);
  });

  it('doubles, loses and reorders as its settings say, and no more when it is calm', () => {
    const { network, send, lost, runAll } = networkWith({
      duplicateProbability: 0.5, lossProbability: 0.3, stragglerProbability: 0.3,
    });
    for (let to = 2; to < 102; to += 1) send(1, to);
    const arrived = runAll();
    expect(new Set(arrived).size).toBeLessThan(100);
    expect(new Set(lost.map((line) => line.split(' ')[1]))).toEqual(new Set(['loss']));
    expect(arrived.length).toBeGreaterThan(new Set(arrived).size);
    expect(arrived).not.toEqual([...arrived].sort((a = '', b = '') => Number(a.slice(2)) - Number(b.slice(2))));
    network.calm(Infinity);
    for (let to = 2; to < 102; to += 1) send(1, to);
    expect(runAll()).toHaveLength(100);
  });
});
