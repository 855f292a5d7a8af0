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

/** What the window shows, light and dark, small and usual. */
async function pictures({ page }: TestApp, name: string): Promise<void> {
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
async function twoEntries(hands: TimeHands): Promise<void> {
  await hands.first('election timer of n1');
  await hands.step('election');
  await hands.say('@n1 put x start');
  await hands.until('commit of n5 >= 1');
  await hands.partition(['n1', 'n2']);
  await hands.say('@n1 put x black');
  await hands.until('n2 has entry 2');
  await hands.crash('n1');
  await hands.first('election timer of n5');
  await hands.step('election');
  await hands.partition(['n5']);
  await hands.say('@n5 put x blue');
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
async function n5Leads(hands: TimeHands): Promise<void> {
  await hands.crash('n1');
  await hands.heal();
  await hands.restart('n5');
  await hands.first('election timer of n5');
  await hands.first('election timer of n5');
  await hands.until('n5 leads');
  await hands.say('@n5 put x white');
}

/** The whole figure, up to the moment at which every server that runs should have committed entry 3. */
async function figure8(lab: LabWindow, hands: TimeHands, name: string, rule: 'off' | 'on'): Promise<void> {
  await hands.newLab(name, SEED, rule === 'off' ? RULE : null);
  await twoEntries(hands);
  await entryInTheHand(hands);
  await majority(hands);
  expect(await commitOf(lab, 'n1')).toBe(rule === 'off' ? 2 : 1);
  await n5Leads(hands);
  await hands.until('commit of n3 >= 3');
}

const WAYS = [
  { way: 'by mouse', handsOn: (lab: LabWindow): TimeHands => new MouseHands(lab) },
  { way: 'by keyboard alone', handsOn: (lab: LabWindow): TimeHands => new KeyboardHands(lab) },
] as const;

test.each(WAYS)('a committed entry is overwritten without the rule, not with it: $way', async ({ way, handsOn }) => {
  const lab = await usualWindow();
  const hands = handsOn(lab);
  await figure8(lab, hands, `Figure 8, ${way}`, 'off');
  expect(await lab.byId('violation-strip').innerText()).toContain('State Machine Safety is broken');
  expect(await lab.byId('last-step').innerText()).toMatch(/^Held: State Machine Safety is violated: at index 2 n1 applied/);
  if (way === 'by mouse') {
    expect.soft(await seriousViolations(lab)).toEqual([]);
    await pictures(app(), 'finding');
  }
  await hands.showFinding();
  expect(await lab.byId('evidence').innerText()).toContain('State Machine Safety');
  await hands.leaveFinding();

  for (let steps = 0; steps < 3; steps += 1) await hands.back();
  await lab.byId('violation-strip').waitFor({ state: 'detached' });
  expect(await lab.byId('branches').innerText()).toContain('1');
  await hands.crash('n5');
  await hands.showBranches();
  expect(await lab.byId('branch-list').innerText()).toMatch(/the first run[^]*crash n5 at \d+\.\d{3} s/);
  await lab.page.keyboard.press('Escape');

  await figure8(lab, hands, `With the rule, ${way}`, 'on');
  expect(await lab.byId('last-step').innerText()).toMatch(/^Held: commit of n3 >= 3\./);
  expect(await lab.byId('violation-strip').count()).toBe(0);
  expect(await commitOf(lab, 'n3')).toBe(3);
  expect(app().complaints).toEqual([]);
});
