/** Two ways to play a simulated lab whose time is held: with the mouse, and with the keyboard alone. */
import type { Locator } from 'playwright-core';
import type { StepUnit } from '../../../src/contract/time.ts';
import type { NodeName } from '../../../src/trace/names.ts';
import type { RuleName } from '../../../src/trace/variant.ts';
import type { LabWindow } from './labWindow.ts';

/** What a person does with a simulated lab. Each ends when the window shows what it did. */
export interface TimeHands {
  /** Makes and opens a lab of five nodes, as in the paper. */
  newLab(name: string, seed: number, withoutRule: RuleName | null): Promise<void>;
  /** Types a line into the console. */
  say(line: string): Promise<void>;
  crash(node: NodeName): Promise<void>;
  restart(node: NodeName): Promise<void>;
  /** Parts these nodes from the others. */
  partition(nodes: readonly NodeName[]): Promise<void>;
  heal(): Promise<void>;
  /** Lets the first of the next events with this text happen now. */
  first(text: string): Promise<void>;
  /** Goes to the next of its kind. */
  step(unit: StepUnit): Promise<void>;
  back(): Promise<void>;
  until(condition: string): Promise<void>;
  /** Holds messages of a kind on the link between two nodes from now on. */
  hold(a: NodeName, b: NodeName, kind: string): Promise<void>;
  /** Lets the oldest held message go. */
  deliver(): Promise<void>;
  /** Opens what is known of the finding, and closes it. */
  showFinding(): Promise<void>;
  leaveFinding(): Promise<void>;
  showBranches(): Promise<void>;
}

const TABS_MAX = 60;
/** As many choices as the hold tool has at most. */
const KINDS_MAX = 30;

/** What both ways have in common: how to see that something was done. */
abstract class Hands {
  protected readonly lab: LabWindow;

  constructor(lab: LabWindow) {
    this.lab = lab;
  }

  protected key(name: string): Promise<void> {
    return this.lab.page.keyboard.press(name);
  }

  protected untilLife(node: NodeName, life: string): Promise<unknown> {
    return this.lab.until(`${node} ${life}`, (nodes) => nodes.find((one) => one.name === node && one.life === life));
  }

  protected async untilParted(nodes: readonly NodeName[]): Promise<void> {
    const others = (await this.lab.nodes()).map(({ name }) => name).filter((name) => !nodes.includes(name));
    for (const [a, b] of nodes.flatMap((node) => others.map((other) => [node, other].toSorted()))) {
      await this.lab.page.locator(`.ring-link[data-link="${a}-${b}"][data-cut="both"]`).waitFor({ state: 'attached' });
    }
  }

  protected untilHealed(): Promise<void> {
    return this.lab.byId('heal').waitFor({ state: 'detached' });
  }

  protected untilCreated(name: string): Promise<void> {
    return this.lab.byId('lab-name').filter({ hasText: new RegExp(`^${name}$`) }).waitFor();
  }

  /** The next events that are not held by hand, soonest first. */
  protected next(): Locator {
    return this.lab.byId('next-list').locator('[role=option]');
  }

  protected oldestHeld(): Locator {
    return this.lab.page.locator('[data-held]').first();
  }

  /** Does something, and waits until the soonest of the next events has come to pass, or is among the next again. */
  protected async leaving(event: Locator, act: () => Promise<void>): Promise<void> {
    const name = await event.getAttribute('data-testid') ?? '';
    await act();
    await this.lab.byId(name).waitFor({ state: 'detached' });
  }

  protected moment(): Promise<string> {
    return this.lab.byId('last-step').innerText();
  }

  protected untilMomentLeft(before: string): Promise<unknown> {
    return this.lab.page.waitForFunction((text) =>
      document.querySelector<HTMLElement>('[data-testid=last-step]')?.innerText !== text, before);
  }
}

export class MouseHands extends Hands implements TimeHands {
  async newLab(name: string, seed: number, withoutRule: RuleName | null): Promise<void> {
    const { lab } = this;
    await lab.byId('lab-switcher').click();
    await lab.byId('new-lab').click();
    await lab.byId('new-lab-name').fill(name);
    await lab.byId('kind-simulated').click();
    await lab.byId('new-lab-seed').fill(String(seed));
    await lab.byId('variant-paper').click();
    if (withoutRule !== null) {
      await lab.byId('variant-rules').click();
      await lab.byId(`without-${withoutRule}`).click();
      await lab.byId('variant-unsafe').waitFor();
    }
    await lab.byId('create-lab').click();
    await this.untilCreated(name);
  }

  async say(line: string): Promise<void> {
    await this.lab.type(line);
  }

  async crash(node: NodeName): Promise<void> {
    await this.lab.chooseFor(node, 'crash');
    await this.untilLife(node, 'crashed');
  }

  async restart(node: NodeName): Promise<void> {
    await this.lab.chooseFor(node, 'restart');
    await this.untilLife(node, 'running');
  }

  async partition(nodes: readonly NodeName[]): Promise<void> {
    await this.lab.byId('tool-partition').click();
    for (const node of nodes) await this.lab.byId(`node-${node}`).click();
    await this.lab.byId('partition-apply').click();
    await this.untilParted(nodes);
  }

  async heal(): Promise<void> {
    await this.lab.byId('heal').click();
    await this.untilHealed();
  }

  async first(text: string): Promise<void> {
    const event = this.next().filter({ hasText: text }).first();
    await event.click();
    await this.leaving(event, () => this.lab.byId('next-first').click());
  }

  async step(unit: StepUnit): Promise<void> {
    const button = this.lab.byId(`unit-${unit}`);
    if (await button.isVisible()) await button.click();
    else await this.lab.page.getByRole('combobox', { name: 'A step goes to the next' }).selectOption(unit);
    await this.leaving(this.next().first(), () => this.lab.byId('time-step').click());
  }

  async back(): Promise<void> {
    const before = await this.moment();
    await this.lab.byId('time-back').click();
    await this.untilMomentLeft(before);
  }

  async until(condition: string): Promise<void> {
    await this.lab.byId('time-until').click();
    await this.lab.byId('until-condition').fill(condition);
    await this.lab.byId('until-go').click();
    await this.lab.byId('until-condition').waitFor({ state: 'detached' });
  }

  async hold(a: NodeName, b: NodeName, kind: string): Promise<void> {
    await this.lab.byId('tool-hold').click();
    await this.lab.byId('hold-choice').selectOption(kind);
    await this.lab.byId(`node-${a}`).click();
    await this.lab.byId(`node-${b}`).click();
    await this.lab.page.locator(`.link-chips [data-link="${a}-${b}"]`).waitFor();
    await this.lab.byId('hold-close').click();
  }

  async deliver(): Promise<void> {
    await this.oldestHeld().click();
    await this.leaving(this.oldestHeld(), () => this.lab.byId('held-deliver').click());
  }

  async showFinding(): Promise<void> {
    await this.lab.byId('show-violations').click();
    await this.lab.byId('evidence').waitFor();
  }

  async leaveFinding(): Promise<void> {
    await this.lab.byId('safety').getByRole('button', { name: 'Close' }).click();
    await this.lab.byId('safety').waitFor({ state: 'detached' });
  }

  async showBranches(): Promise<void> {
    await this.lab.byId('branches').click();
    await this.lab.byId('branch-list').waitFor();
  }
}

export class KeyboardHands extends Hands implements TimeHands {
  async newLab(name: string, seed: number, withoutRule: RuleName | null): Promise<void> {
    await this.command('New lab');
    await this.lab.byId('new-lab-name').waitFor();
    await this.lab.page.keyboard.type(name);
    await this.chooseNext('kind-live', 'kind-simulated');
    await this.chooseNext('variant-raftlab', 'variant-paper');
    if (withoutRule !== null) {
      await this.tabTo('variant-rules');
      await this.key('Enter');
      await this.tabTo(`without-${withoutRule}`);
      await this.key('Space');
    }
    await this.tabTo('new-lab-seed');
    await this.lab.page.keyboard.type(String(seed));
    await this.key('Enter');
    await this.untilCreated(name);
  }

  async say(line: string): Promise<void> {
    const before = await this.lab.byId('console-exchange').count();
    await this.key('/');
    await this.lab.page.keyboard.type(line);
    await this.keys('Enter', 'Tab');
    await this.lab.byId('console-exchange').nth(before).waitFor();
  }

  async crash(node: NodeName): Promise<void> {
    await this.keys(node.slice(1), 'c');
    await this.untilLife(node, 'crashed');
  }

  async restart(node: NodeName): Promise<void> {
    await this.keys(node.slice(1), 'r');
    await this.untilLife(node, 'running');
  }

  async partition(nodes: readonly NodeName[]): Promise<void> {
    await this.keys('p', ...nodes.map((node) => node.slice(1)), 'Enter');
    await this.untilParted(nodes);
  }

  async heal(): Promise<void> {
    await this.key('h');
    await this.untilHealed();
  }

  async first(text: string): Promise<void> {
    await this.keys('w', 'Home');
    const chosen = this.next().and(this.lab.page.locator('[aria-selected=true]'));
    for (let left = await this.next().count(); left > 0; left -= 1) {
      if ((await chosen.innerText()).includes(text)) break;
      await this.key('ArrowDown');
    }
    await this.leaving(chosen, () => this.key('Enter'));
  }

  async step(unit: StepUnit): Promise<void> {
    await this.leaving(this.next().first(), () => this.command(`Step to the next ${unit}`));
  }

  async back(): Promise<void> {
    const before = await this.moment();
    await this.key('Shift+ArrowLeft');
    await this.untilMomentLeft(before);
  }

  async until(condition: string): Promise<void> {
    await this.key('u');
    await this.lab.byId('until-condition').waitFor();
    await this.lab.page.keyboard.type(condition);
    await this.key('Enter');
    await this.lab.byId('until-condition').waitFor({ state: 'detached' });
  }

  async hold(a: NodeName, b: NodeName, kind: string): Promise<void> {
    await this.key('m');
    await this.tabTo('hold-choice');
    const choice = this.lab.byId('hold-choice');
    for (let left = KINDS_MAX; left > 0 && await choice.inputValue() !== kind; left -= 1) await this.key('ArrowDown');
    await this.tabTo('hold-close');
    await this.keys(a.slice(1), b.slice(1));
    await this.lab.page.locator(`.link-chips [data-link="${a}-${b}"]`).waitFor();
    await this.key('Escape');
  }

  async deliver(): Promise<void> {
    // With the tool in the hand the oldest is the chosen one.
    await this.key('m');
    await this.lab.byId('held-deliver').waitFor();
    await this.leaving(this.oldestHeld(), () => this.key('Enter'));
    await this.key('Escape');
  }

  async showFinding(): Promise<void> {
    await this.command('guarantees');
    await this.lab.byId('evidence').waitFor();
  }

  async leaveFinding(): Promise<void> {
    await this.key('Escape');
    await this.lab.byId('safety').waitFor({ state: 'detached' });
  }

  async showBranches(): Promise<void> {
    await this.command('branches');
    await this.lab.byId('branch-list').waitFor();
  }

  /** Runs a command by its name. */
  private async command(title: string): Promise<void> {
    await this.key('Control+k');
    await this.lab.byId('palette-input').waitFor();
    await this.lab.page.keyboard.type(title);
    await this.key('Enter');
    await this.lab.byId('palette-input').waitFor({ state: 'detached' });
  }

  private async keys(...names: readonly string[]): Promise<void> {
    for (const name of names) await this.key(name);
  }

  /** Goes from a choice to the one on its right. */
  private async chooseNext(present: string, wanted: string): Promise<void> {
    await this.tabTo(present);
    // A finger takes its time, and the choice is made while it is down.
    await this.lab.page.keyboard.down('ArrowRight');
    await this.lab.page.locator(`[data-testid=${wanted}][data-state=checked]`).waitFor();
    await this.lab.page.keyboard.up('ArrowRight');
  }

  private async tabTo(testId: string): Promise<void> {
    for (let left = TABS_MAX; left > 0; left -= 1) {
      const isThere = await this.lab.byId(testId).evaluate((element) =>
        element === document.activeElement || element.contains(document.activeElement));
      if (isThere) return;
      await this.key('Tab');
    }
    throw new Error(`${testId} cannot be reached with Tab`);
  }
}
