// Figure 8 of the Raft paper, played in a simulated lab by stepping and by holding messages: without the rule that the
// figure is about, and with it; by mouse, and by keyboard alone.
import { afterEach, expect, test } from 'vitest';
import { sharedApp } from './support/app.ts';
import type { TestApp } from './support/app.ts';
import { seriousViolations } from './support/axe.ts';
import { LabWindow } from './support/labWindow.ts';
import type { ShownNode } from './support/labWindow.ts';
import { KeyboardHands, MouseHands } from './support/timeHands.ts';
import type { TimeHands } from './support/timeHands.ts';

/** With it the votes come in an order that elects whoever is let stand. */
const SEED = 8;
const RULE = 'commitOnlyCurrentTerm';
const SIZES = [{ width: 1024, height: 700 }, { width: 1440, height: 900 }] as const;

const app = sharedApp();

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await app().screenshot(`failed-figure8-${task.name.replaceAll(/\W+/g, '-')}`);
});

/** The lab's window with the introduction read away, at the usual size. */
async function usualWindow(): Promise<LabWindow> {
  const lab = new LabWindow(app().page);
  await app().resize(1440, 900);
  if (await lab.byId('introduction').isVisible()) await lab.skipIntroduction();
  return lab;
}

async function picture({ page }: TestApp, name: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await page.evaluate((wanted) => window.raftlab?.invoke('settings:set', { theme: wanted }), theme);
    await page.waitForFunction((wanted) => document.documentElement.dataset['theme'] === wanted, theme);
    for (const { width, height } of SIZES) {
      await app().resize(width, height);
      await app().screenshot(`figure8-${name}-${theme}-${width}x${height}`);
    }
  }
}

const commitOf = async (lab: LabWindow, name: string): Promise<number | undefined> =>
  (await lab.nodes()).find((node: ShownNode) => node.name === name)?.commit;

/** (a) and (b): entry 2 is on n1 and n2 alone, and another entry 2, of a later term, on n5 alone. */
async function twoEntries(lab: LabWindow, hands: TimeHands): Promise<void> {
  await hands.first('election timer of n1');
  await hands.step('election');
  await lab.type('@n1 put x start');
  await hands.until('commit of n5 >= 1');
  await hands.partition(['n1', 'n2']);
  await lab.type('@n1 put x black');
  await hands.until('n2 has entry 2');
  await hands.crash('n1');
  await hands.first('election timer of n5');
  await hands.step('election');
  await hands.partition(['n5']);
  await lab.type('@n5 put x blue');
  await hands.until('n5 has entry 2');
  await hands.first('n5: a write is stored');
  await hands.crash('n5');
}

/** (c): n1 leads again, and the message by which n3 gets entry 2 is in the hand. */
async function entryInTheHand(hands: TimeHands): Promise<void> {
  await hands.partition(['n4', 'n5']);
  await hands.restart('n1');
  await hands.first('election timer of n1');
  await hands.first('election timer of n1'); // The term that n3 and n4 have is taken: n1 stands in the next one.
  await hands.hold('n1', 'n3', 'AppendEntries');
  await hands.step('election');
  await hands.until('n1 holds an AppendEntries to n3');
  await hands.deliver();
  await hands.until('n1 holds an AppendEntries to n3');
}

/** Entry 2 comes to n3 and so to a majority; n1 hears of it. */
async function majority(hands: TimeHands): Promise<void> {
  await hands.deliver();
  await hands.until('n3 has entry 2');
  for (let messages = 0; messages < 4; messages += 1) await hands.step('message');
}

/** (d): n1 crashes, and n5 leads. */
async function n5Leads(lab: LabWindow, hands: TimeHands): Promise<void> {
  await hands.crash('n1');
  await hands.heal();
  await hands.restart('n5');
  await hands.first('election timer of n5');
  await hands.first('election timer of n5');
  await hands.until('n5 leads');
  await lab.type('@n5 put x white');
}

async function withoutTheRule(lab: LabWindow, hands: TimeHands, way: string): Promise<void> {
  await hands.newLab(`Figure 8 ${way}`, SEED, RULE);
  await lab.byId('unsafe-strip').waitFor();
  await twoEntries(lab, hands);
  await entryInTheHand(hands);
  await picture(app(), `${way}-held`);
  await majority(hands);
  expect(await commitOf(lab, 'n1')).toBe(2);
  await n5Leads(lab, hands);
  await hands.until('commit of n3 >= 3');
}

test('by mouse', async () => {
  const lab = await usualWindow();
  await withoutTheRule(lab, new MouseHands(lab), 'by mouse');
  await picture(app(), `mouse-finding`);
});
