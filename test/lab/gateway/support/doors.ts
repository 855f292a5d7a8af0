/** A lab's doors, and programs that go through them. */
import { expect, onTestFinished } from 'vitest';
import { DOOR_CLOSED } from '../../../../src/trace/door.ts';
import type { DoorPlace, DoorSettings } from '../../../../src/trace/door.ts';
import type { NodeName } from '../../../../src/trace/names.ts';
import { command, RawClient } from '../../../gateway/support/rawClient.ts';
import type { TestLab } from '../../support.ts';

export const OPEN: DoorSettings = { ...DOOR_CLOSED, isOpen: true };

/** Where a node's door is, as soon as it is open. */
export function doorOf(lab: TestLab, name: NodeName): Promise<DoorPlace> {
  return lab.until(`the door of ${name}`, () => lab.node(name).door);
}

/** A program that has connected. */
export async function client(place: DoorPlace): Promise<RawClient> {
  const opened = await RawClient.open(place);
  onTestFinished(() => opened.close());
  return opened;
}

/** What comes back for a command, up to the length of what is expected. */
export async function said(program: RawClient, words: readonly string[], expected: string): Promise<void> {
  program.send(command(...words));
  expect(await program.read(expected.length)).toBe(expected);
}

/** Opens the doors of a lab that has a leader. */
export async function openDoors(lab: TestLab): Promise<void> {
  await lab.leaderOf();
  await lab.service.execute('lab:setDoor', { door: OPEN });
}
