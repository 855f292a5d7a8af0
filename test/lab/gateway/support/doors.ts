/** A lab's doors, and programs that go through them. */
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { freePorts } from '../../../../src/cli/bench/peers/programs.ts';
import { labFileIn, labOf } from '../../../../src/lab/files/labFile.ts';
import { DOOR_CLOSED } from '../../../../src/trace/door.ts';
import type { DoorPlace, DoorSettings } from '../../../../src/trace/door.ts';
import type { NodeName } from '../../../../src/trace/names.ts';
import { command, RawClient } from '../../../gateway/support/rawClient.ts';
import { makeLab, openService, temporaryFolder, TestLab } from '../../support.ts';

export const OPEN: DoorSettings = { ...DOOR_CLOSED, isOpen: true };

/**
 * A running lab whose doors get ports of their own. Other tests' labs take 7001 and the next ones: one of them would
 * sit there while a door of this lab is closed, and its clients would come back to a stranger.
 */
export async function startDoorLab(nodeCount: number, dataDirectory = temporaryFolder()): Promise<TestLab> {
  const labId = await makeLab(dataDirectory, nodeCount);
  const file = labFileIn(join(dataDirectory, 'labs', labId));
  const lab = labOf(await file.read());
  const ports = await freePorts(nodeCount);
  await file.write({ ...lab, nodes: lab.nodes.map((node, at) => ({ ...node, doorPort: ports[at] ?? 0 })) });
  return TestLab.follow(await openService(dataDirectory), dataDirectory);
}

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
