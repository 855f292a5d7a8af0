// Drives the lab the way a person does: looks at the stage, types into the console, uses menus and keys.
import type { Locator, Page } from 'playwright-core';
import type { NodeName } from '../../../src/trace/names.ts';

/** What the stage shows of a node. */
export interface ShownNode {
  readonly name: NodeName;
  readonly role: string;
  readonly term: number;
  readonly life: string;
  readonly commit: number;
}

/** An answer as the console shows it. */
export interface ShownAnswer {
  readonly tone: 'ok' | 'note' | 'unknown' | 'error';
  readonly text: string;
}

/** An election at class pace takes some seconds, on a busy machine a few rounds of them. */
const CLUSTER_LIMIT_MS = 60_000;

export class LabWindow {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  byId(testId: string): Locator {
    return this.page.locator(`[data-testid="${testId}"]`);
  }

  /** Reads the introduction away, as on a first run. */
  async skipIntroduction(): Promise<void> {
    await this.byId('introduction-skip').click();
    await this.byId('introduction').waitFor({ state: 'detached' });
  }

  /** The nodes as the stage shows them now, n1 first. */
  async nodes(): Promise<ShownNode[]> {
    const nodes = await this.page.locator('[data-testid="stage"] [data-node][data-role]').evaluateAll((elements) =>
      elements.map(({ attributes }) => {
        const read = (name: string): string => attributes.getNamedItem(name)?.value ?? '';
        return {
          name: read('data-node') as NodeName,
          role: read('data-role'),
          term: Number(read('data-term')),
          life: read('data-life'),
          commit: Number(read('data-commit')),
        };
      }));
    return nodes.sort((left, right) => left.name.localeCompare(right.name));
  }

  /** Looks at the stage, frame by frame, until it shows what `find` wants. */
  async until<Found>(what: string, find: (nodes: ShownNode[]) => Found | undefined): Promise<Found> {
    const deadlineMs = Date.now() + CLUSTER_LIMIT_MS;
    for (;;) {
      const nodes = await this.nodes();
      const found = find(nodes);
      if (found !== undefined) return found;
      if (Date.now() > deadlineMs) throw new Error(`the stage does not show ${what}: ${JSON.stringify(nodes)}`);
      await this.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    }
  }

  /** The node that leads these nodes (all of them, if none are named): the others follow it in its term. */
  untilLeader(among?: readonly NodeName[]): Promise<NodeName> {
    return this.until(`a leader of ${among?.join(', ') ?? 'all that run'}`, (nodes) => {
      const group = nodes.filter((node) => node.life === 'running' && (among?.includes(node.name) ?? true));
      const leaders = group.filter((node) => node.role === 'leader');
      const [leader] = leaders;
      if (leaders.length !== 1 || leader === undefined) return undefined;
      const others = group.filter((node) => node !== leader);
      return others.every((node) => node.role === 'follower' && node.term === leader.term) ? leader.name : undefined;
    });
  }

  /** Until every node runs and has committed the same index. */
  async untilConverged(): Promise<void> {
    await this.until('all nodes with one commit index', (nodes) => {
      const [first] = nodes;
      return nodes.every((node) => node.life === 'running' && node.commit === first?.commit && node.term === first.term)
        ? true : undefined;
    });
  }

  /** Types a line into the console; the answer may take its time (`untilAnswer`). */
  async type(line: string): Promise<Locator> {
    const before = await this.byId('console-exchange').count();
    const input = this.byId('console-input');
    await input.click();
    await input.fill(line);
    await input.press('Enter');
    const exchange = this.byId('console-exchange').nth(before);
    await exchange.waitFor();
    return exchange;
  }

  /** Waits until an exchange has its answer. */
  async untilAnswer(exchange: Locator): Promise<ShownAnswer> {
    await exchange.locator('.answer').waitFor({ timeout: CLUSTER_LIMIT_MS });
    const tone = await exchange.getAttribute('data-state') as ShownAnswer['tone'];
    return { tone, text: await exchange.locator('.answer').innerText() };
  }

  /** Types a line and waits for its answer. */
  async ask(line: string): Promise<ShownAnswer> {
    return this.untilAnswer(await this.type(line));
  }

  /** Chooses from a node's context menu. */
  async chooseFor(node: NodeName, item: string): Promise<void> {
    await this.byId(`node-${node}`).click({ button: 'right' });
    await this.byId('node-menu').waitFor();
    await this.byId(`menu-${item}`).click();
  }

  /** A node beside this one on the ring: a partition of both has one straight wall. */
  async neighbourOf(node: NodeName): Promise<NodeName> {
    const names = (await this.nodes()).map(({ name }) => name);
    const neighbour = names[(names.indexOf(node) + 1) % names.length];
    if (neighbour === undefined || neighbour === node) throw new Error(`${node} is alone on the stage`);
    return neighbour;
  }

  /** Parts these nodes from the others, with the keys. */
  async partition(nodes: readonly NodeName[]): Promise<void> {
    await this.leaveText();
    await this.page.keyboard.press('p');
    for (const node of nodes) await this.page.keyboard.press(node.slice(1));
    await this.page.keyboard.press('Enter');
    await this.byId('heal').waitFor();
  }

  /** Heals the network with the button in the window's head. */
  async heal(): Promise<void> {
    await this.byId('heal').click();
    await this.byId('heal').waitFor({ state: 'detached' });
  }

  /** Takes the keyboard out of the console, so that single keys mean actions. */
  async leaveText(): Promise<void> {
    await this.page.evaluate(() => {
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    });
  }
}
