/** Who may try to come in, with connections of the test's own. */
import { expect, test } from 'vitest';
import { ConnectionLimiter, HANDSHAKES_MAX, MACHINES_MAX } from '../../src/lan/host/connectionLimiter.ts';

function fixture() {
  const limiter = new ConnectionLimiter();
  const gaveWay: string[] = [];
  const come = (address: string, hasSpoken = false, name = address) => {
    const handshake = { address, hasSpoken: () => hasSpoken, giveWay: () => gaveWay.push(name) };
    return { handshake, isAdmitted: limiter.admit(handshake) };
  };
  return { limiter, gaveWay, come };
}

test('silent connections of many addresses keep nobody out', () => {
  const { limiter, gaveWay, come } = fixture();
  for (let connection = 0; connection < 40; connection += 1) {
    come(`10.0.0.${connection % 10}`, false, `silent ${connection}`);
  }
  gaveWay.length = 0;
  for (let machine = 0; machine < 25; machine += 1) {
    expect(come(`10.0.1.${machine}`, true).isAdmitted).toBe(true);
  }
  expect(gaveWay.every((name) => name.startsWith('silent'))).toBe(true);
  expect(limiter.held).toBe(32);
});

test('of one address at its limit, the oldest that says nothing gives way, and else the oldest', () => {
  const { gaveWay, come } = fixture();
  for (let connection = 0; connection < 4; connection += 1) {
    come('10.0.0.1', connection !== 2, `${connection}`);
  }
  come('10.0.0.2', false, 'other');
  expect(come('10.0.0.1', true, 'new').isAdmitted).toBe(true);
  expect(gaveWay).toEqual(['2']);
  come('10.0.0.1', true, 'newer');
  expect(gaveWay).toEqual(['2', '0']);
});

test('where all is full, an address that has the most gives way before one that has one', () => {
  const { gaveWay, come } = fixture();
  for (let address = 0; address < HANDSHAKES_MAX - 2; address += 1) {
    come(`10.0.0.${address}`, false, 'one');
  }
  come('10.0.1.1', true, 'greedy');
  come('10.0.1.1', true, 'greedy too');
  come('10.0.2.1', true, 'new');
  expect(gaveWay).toEqual(['greedy']);
  come('10.0.2.2', true, 'newer');
  expect(gaveWay).toEqual(['greedy', 'one']);
});

test('what has come and gone is not counted, however often and in which order', () => {
  const { limiter, come } = fixture();
  for (let connection = 0; connection < 2 * MACHINES_MAX + 1; connection += 1) {
    const { handshake, isAdmitted } = come('10.0.0.1', true);
    expect(isAdmitted).toBe(true);
    limiter.handshakeEnded(handshake);
    limiter.handshakeEnded(handshake);
    limiter.machineEntered();
    limiter.machineLeft();
  }
  expect(limiter.held).toBe(0);
});

test('as many machines as a lab takes, and then none until one leaves', () => {
  const { limiter, come } = fixture();
  for (let machine = 0; machine < MACHINES_MAX; machine += 1) {
    limiter.machineEntered();
  }
  expect(come('10.0.0.1').isAdmitted).toBe(false);
  limiter.machineLeft();
  expect(come('10.0.0.1').isAdmitted).toBe(true);
});
