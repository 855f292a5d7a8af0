/** A scenario in the window: its lines one by one in a simulated lab of its own, with what came of them. */
import type { VueWrapper } from '@vue/test-utils';
import { afterEach, expect, it, vi } from 'vitest';
import { createSimulatedBridge } from '../../../src/renderer/bridge/simulated.ts';
import type { SimulatedBridge } from '../../../src/renderer/bridge/simulated.ts';
import App from '../../../src/renderer/App.vue';
import type { Bridge, CommandInput, CommandName } from '../../../src/contract/commands.ts';
import { useScenarioStore } from '../../../src/renderer/scenario/scenarioStore.ts';
import { mountWindow } from '../support/mountWindow.ts';

let wrapper: VueWrapper;
let labs: SimulatedBridge;

const find = (testId: string): HTMLElement | null => document.querySelector<HTMLElement>(`[data-testid="${testId}"]`);
const textOf = (testId: string): string => find(testId)?.textContent.replaceAll(/\s+/g, ' ').trim() ?? '';
const click = (testId: string): void => {
  find(testId)?.click();
};
const until = (holds: () => void): Promise<void> => vi.waitFor(holds, { timeout: 30_000, interval: 5 });

/** A window whose person chooses this file. */
async function choose(text: string): Promise<void> {
  labs = createSimulatedBridge({ nodeCount: 3, writes: false, settings: { introductionSeen: true } });
  const bridge: Bridge = {
    invoke: (name: CommandName, input: CommandInput<CommandName>) => name === 'scenario:choose'
      ? Promise.resolve({ ok: true, value: { name: 'own.lab', text } } as never) : labs.invoke(name, input) as never,
    onEvents: (listener) => labs.onEvents(listener),
    onLabChanged: (listener) => labs.onLabChanged(listener),
    onTime: (listener) => labs.onTime(listener),
    onSignal: () => () => undefined,
  };
  wrapper = mountWindow(App, bridge);
  await until(() => expect(textOf('lab-name')).toBe('Default lab'));
  // Of this window: what a window before it still had under way may have made its own store the active one.
  await useScenarioStore(wrapper.vm.$pinia).choose();
}

afterEach(() => {
  wrapper.unmount();
  labs.close();
  document.body.replaceChildren();
});

it('goes line by line, then on to the end, and says what held and why', async () => {
  await choose([
    'lab nodes 4', 'lab seed 8', 'until somebody leads', 'put colour red', 'expect never a finding',
    'expect commit of n1 >= 2 within 1s', 'expect nobody leads',
  ].join('\n'));
  await until(() => expect(textOf('lab-name')).toBe('own'));
  const marked = (): string | undefined => document.querySelector('[aria-current=step] .text')?.textContent.trim();
  expect(marked()).toBe('until somebody leads');
  click('scenario-next');
  await until(() => expect(textOf('scenario-line-3')).toMatch(/^✓3until somebody leads passed at .* became leader/));
  expect(marked()).toBe('put colour red');
  click('scenario-go-on');
  await until(() => expect(textOf('scenario-summary')).toBe('3 passed, 1 failed'));
  expect(textOf('scenario-line-4')).toMatch(/^4put colour red ok index \d+ · term 1/);
  expect(textOf('scenario-line-5')).toMatch(/^✓5/);
  expect(textOf('scenario-line-6')).toMatch(/^✓6/);
  expect(textOf('scenario-line-7')).toMatch(/^✗7expect nobody leads had not come true by/);
  expect(find('scenario-next')).toMatchObject({ disabled: true });
  click('scenario-close');
  await until(() => expect(find('scenario')).toBeNull());
});

it('a file that makes no sense: line and column, and the lab stays as it is', async () => {
  await choose('lab nodes 99\n  fly n1\n');
  await until(() => expect(textOf('scenario-problems')).toContain('Line 1, column 11'));
  expect(textOf('scenario-problems')).toContain('Line 2, column 3 there is no command "fly": help lists the commands');
  expect(textOf('lab-name')).toBe('Default lab');
});

it('a person who goes back in time ends it, and another lab closes it', async () => {
  await choose(['lab nodes 3', 'run 200ms', 'run 100ms', 'put a b'].join('\n'));
  await until(() => expect(find('scenario-next')).toMatchObject({ disabled: false }));
  click('scenario-next');
  await until(() => expect(textOf('scenario-line-2')).toContain('2run 200ms'));
  await until(() => expect(find('scenario-next')).toMatchObject({ disabled: false }));
  await labs.invoke('time:seek', { step: 1 });
  click('scenario-next');
  await until(() => expect(textOf('scenario-line-3')).toMatch(/^✗3run 100ms ! time was taken to another moment/));
  await labs.invoke('lab:open', { labId: 'default' });
  await until(() => expect(find('scenario')).toBeNull());
});
