import { describe, expect, it } from 'vitest';
import {
  AT_THE_DOOR, CROSS_MS, FLIGHT_TIMES, flightAlpha, FlightDeck, flightFraction,
} from '../../../src/renderer/stage/flights.ts';
import type { Flight } from '../../../src/renderer/stage/flights.ts';
import { message } from './support.ts';

const { flightMs, spacingMs } = FLIGHT_TIMES.class;
const nobodyIsGone = () => false;

function inTheAir(deck: FlightDeck): Flight[] {
  return deck.flights.slice(0, deck.count);
}

function theOnly(deck: FlightDeck): Flight {
  const [flight, ...more] = inTheAir(deck);
  if (flight === undefined || more.length > 0) throw new Error(`${deck.count} flights, not one`);
  return flight;
}

describe('a flight', () => {
  it('takes its time, then is over when the message has arrived', () => {
    const deck = new FlightDeck();
    deck.sent('a', 1, 2, message('AppendEntries'), 1000);
    deck.arrived('a');
    expect(flightFraction(theOnly(deck), 1000)).toBe(0);
    expect(flightFraction(theOnly(deck), 1000 + flightMs / 2)).toBeCloseTo(0.5);
    deck.advance(1000 + flightMs - 1, nobodyIsGone);
    expect(deck.count).toBe(1);
    deck.advance(1000 + flightMs, nobodyIsGone);
    expect(deck.count).toBe(0);
  });

  it('dies where it was lost, and its cross fades', () => {
    const deck = new FlightDeck();
    deck.sent('a', 1, 2, message('AppendEntries'), 1000);
    deck.lost('a', 0.4, 1000);
    deck.advance(1000 + 0.39 * flightMs, nobodyIsGone);
    expect(theOnly(deck).diedAtMs).toBe(0);
    const diedAtMs = 1000 + 0.6 * flightMs;
    deck.advance(diedAtMs, nobodyIsGone);
    expect(theOnly(deck).diedAtMs).toBe(diedAtMs);
    expect(flightFraction(theOnly(deck), diedAtMs + 100)).toBeCloseTo(0.4);
    expect(flightAlpha(theOnly(deck), diedAtMs + 100)).toBe(1);
    expect(flightAlpha(theOnly(deck), diedAtMs + CROSS_MS - 10)).toBeLessThan(0.1);
    deck.advance(diedAtMs + CROSS_MS, nobodyIsGone);
    expect(deck.count).toBe(0);
  });

  it('dies where it is when the news of its loss comes late', () => {
    const deck = new FlightDeck();
    deck.sent('a', 1, 2, message('Heartbeat'), 1000);
    deck.lost('a', 0.4, 1000 + 0.7 * flightMs);
    expect(theOnly(deck).deathFraction).toBeCloseTo(0.7);
  });

  it('dies at the door of a node that is gone, and waits at the door of one that only takes nothing in', () => {
    const deck = new FlightDeck();
    deck.sent('a', 1, 2, message('Heartbeat'), 1000);
    deck.sent('b', 1, 3, message('Heartbeat'), 1000);
    deck.advance(1000 + flightMs, (node) => node === 2);
    const [first, second] = inTheAir(deck).sort((a, b) => a.to - b.to);
    expect(first?.fate).toBe('lost');
    expect(first?.deathFraction).toBe(AT_THE_DOOR);
    expect(second?.fate).toBe('unknown');
    expect(second && flightFraction(second, 1000 + 2 * flightMs)).toBe(1);
    deck.advance(1000 + 20 * flightMs, (node) => node === 2);
    expect(deck.count).toBe(0);
  });

  it('counts a copy that is thrown away after another arrived as arrived', () => {
    const deck = new FlightDeck();
    deck.sent('a', 1, 2, message('Heartbeat'), 1000);
    deck.arrived('a');
    deck.lost('a', 0.5, 1010);
    expect(theOnly(deck).fate).toBe('arrived');
  });

  it('takes at least the delay that its link is set to', () => {
    const deck = new FlightDeck();
    deck.sent('a', 1, 2, message('Heartbeat'), 1000, 2000);
    expect(theOnly(deck).durationMs).toBe(2000);
  });

  it('is not there before its start', () => {
    const deck = new FlightDeck();
    deck.sent('a', 1, 2, message('Heartbeat'), 1000);
    expect(flightAlpha(theOnly(deck), 999)).toBe(0);
  });
});

describe('the deck', () => {
  it('lets an answer set out when its question has arrived in the picture', () => {
    const deck = new FlightDeck();
    deck.sent('question', 1, 2, message('AppendEntries'), 1000);
    deck.sent('answer', 2, 1, message('AppendEntriesResponse'), 1001);
    expect(inTheAir(deck).map((flight) => flight.startMs)).toEqual([1000, 1000 + flightMs]);
  });

  it('leaves out the answer to a question that it left out', () => {
    const deck = new FlightDeck();
    let time = 1000;
    for (let count = 0; deck.count === count; count++) {
      deck.sent(`q${count}`, 1, 2, message('Heartbeat'), time);
      time += 1;
    }
    const before = deck.count;
    deck.sent('answer', 2, 1, message('HeartbeatResponse'), time);
    expect(deck.count).toBe(before);
  });

  it('spreads a short burst out, so that each message can be seen', () => {
    const deck = new FlightDeck();
    for (const id of ['a', 'b', 'c']) deck.sent(id, 1, 2, message('AppendEntries'), 1000);
    expect(inTheAir(deck).map((flight) => flight.startMs)).toEqual([1000, 1000 + spacingMs, 1000 + 2 * spacingMs]);
    expect(deck.sampling(1000)).toEqual({ shown: 3, total: 3 });
  });

  it('samples what is too much, and says how much of it is shown', () => {
    const deck = new FlightDeck();
    for (let index = 0; index < 1000; index++) deck.sent(`m${index}`, 1, 2, message('Heartbeat'), 1000 + index);
    const { shown, total } = deck.sampling(2000);
    expect(total).toBeGreaterThan(700);
    expect(shown).toBeGreaterThan(0);
    expect(shown).toBeLessThan(total / 10);
    expect(deck.sampling(5000)).toEqual({ shown: 0, total: 0 });
  });

  it('always shows votes while it has room, however many come', () => {
    const deck = new FlightDeck();
    for (let index = 0; index < 20; index++) deck.sent(`v${index}`, 1, 2, message('RequestVote'), 1000);
    expect(deck.count).toBe(20);
  });

  it('never holds more than its capacity', () => {
    const deck = new FlightDeck(8);
    for (let index = 0; index < 50; index++) deck.sent(`v${index}`, 1, 2, message('RequestVote'), 1000);
    expect(deck.count).toBe(8);
    expect(deck.sampling(1000)).toEqual({ shown: 8, total: 50 });
    deck.arrived('v0');
    deck.advance(1000 + flightMs, nobodyIsGone);
    expect(deck.count).toBe(7);
  });

  it('counts a message once, in whatever order sending and arrival are learnt of', () => {
    const deck = new FlightDeck();
    deck.sent('a', 1, 2, message('Heartbeat'), 1000);
    deck.sent('a', 1, 2, message('Heartbeat'), 1002);
    expect(deck.sampling(1002)).toEqual({ shown: 1, total: 1 });
    expect(deck.knows('a')).toBe(true);
    expect(deck.knows('b')).toBe(false);
  });

  it('marks refusals', () => {
    const deck = new FlightDeck();
    deck.sent('a', 2, 1, message('RequestVoteResponse', { voteGranted: false }), 1000);
    expect(theOnly(deck).rejected).toBe(true);
  });

  it('is slower at a slower pace', () => {
    const deck = new FlightDeck();
    deck.setPace('slow');
    deck.sent('a', 1, 2, message('Heartbeat'), 1000);
    expect(theOnly(deck).durationMs).toBe(FLIGHT_TIMES.slow.flightMs);
  });

  it('forgets everything when another lab is opened', () => {
    const deck = new FlightDeck();
    deck.sent('a', 1, 2, message('Heartbeat'), 1000);
    deck.clear();
    expect(deck.count).toBe(0);
    expect(deck.knows('a')).toBe(false);
    expect(deck.sampling(1000)).toEqual({ shown: 0, total: 0 });
  });
});
