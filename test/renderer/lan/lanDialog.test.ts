/** The LAN in the window, on the make-believe network: opening a lab, the wall, joining, and what is said meanwhile. */
import type { VueWrapper } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defineComponent, h, onBeforeUnmount, onMounted } from 'vue';
import App from '../../../src/renderer/App.vue';
import { createSimulatedBridge } from '../../../src/renderer/bridge/simulated.ts';
import type { SimulatedBridge } from '../../../src/renderer/bridge/simulated.ts';
import { useLanStore } from '../../../src/renderer/lan/lanStore.ts';
import AppHeader from '../../../src/renderer/shell/AppHeader.vue';
import AppOverlays from '../../../src/renderer/shell/AppOverlays.vue';
import ToastList from '../../../src/renderer/shell/ToastList.vue';
import { useClusterStore } from '../../../src/renderer/stores/cluster.ts';
import { mountWindow } from '../support/mountWindow.ts';
import { LAN_CODE, LAN_LAB, scriptedLan } from './scriptedLan.ts';

/** Longer than the window asks how the LAN stands. */
const POLL_MS = 1100;

/** The window without its panes, which draw a whole cluster meanwhile. */
const Frame = defineComponent(() => {
  const cluster = useClusterStore();
  const lan = useLanStore();
  onMounted(() => {
    void cluster.start();
    lan.start();
  });
  onBeforeUnmount(() => {
    cluster.stop();
    lan.stop();
  });
  return () => [h(AppHeader), h(AppOverlays), h(ToastList)];
});

let bridge: SimulatedBridge;
let wrapper: VueWrapper;

/** Dialogs stand outside the app's element, so the whole page is searched. */
const find = (testId: string): HTMLElement | null => document.querySelector<HTMLElement>(`[data-testid="${testId}"]`);
const textOf = (testId: string): string => find(testId)?.textContent.replaceAll(/\s+/g, ' ').trim() ?? '';

async function click(testId: string): Promise<void> {
  const control = find(testId);
  if (control === null) throw new Error(`there is no ${testId} to click`);
  control.click();
  await vi.advanceTimersByTimeAsync(POLL_MS);
}

async function type(testId: string, text: string): Promise<void> {
  const field = find(testId);
  if (!(field instanceof HTMLInputElement)) throw new Error(`there is no field ${testId}`);
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await vi.advanceTimersByTimeAsync(20);
}

async function submit(testId: string): Promise<void> {
  find(testId)?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
  await vi.advanceTimersByTimeAsync(POLL_MS);
}

async function openLab(): Promise<void> {
  await click('network-button');
  await submit('lan-open-form');
}

async function joinLab(code = LAN_CODE): Promise<void> {
  await click('network-button');
  await click('lan-way-join');
  await click(`lan-found-${LAN_LAB.tag}`);
  await type('lan-code', code);
  await type('lan-machine-name', 'Desk 7');
  await submit('lan-join-form');
}

beforeEach(async () => {
  vi.useFakeTimers();
  bridge = createSimulatedBridge({
    nodeCount: 3, writes: false, settings: { introductionSeen: true }, lan: scriptedLan(),
  });
  wrapper = mountWindow(Frame, bridge);
  await vi.advanceTimersByTimeAsync(200);
});
afterEach(() => {
  wrapper.unmount();
  bridge.close();
  vi.useRealTimers();
  document.body.replaceChildren();
});

it('is opened by its key in the whole window', async () => {
  wrapper.unmount();
  wrapper = mountWindow(App, bridge);
  await vi.advanceTimersByTimeAsync(200);
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'n', bubbles: true, cancelable: true }));
  await vi.advanceTimersByTimeAsync(200);
  expect(find('lan-open-form')).not.toBeNull();
});

describe('opening a lab to the network', () => {
  it('lists the interfaces with their explanations, the recommended one chosen', async () => {
    await click('network-button');
    expect(textOf('lan-open-form')).toContain('eth0192.168.1.20recommendedWired network: the best choice in a lab.');
    expect(document.querySelector<HTMLInputElement>('[name="lan-interface"]:checked')?.value).toBe('192.168.1.20');
  });

  it('tells the new address when the host\'s machine has got another one', async () => {
    await openLab();
    const moved = bridge.invoke('lan:open', { address: '192.168.1.99' });
    await vi.advanceTimersByTimeAsync(2 * POLL_MS);
    expect((await moved).ok).toBe(true);
    expect(textOf('lan-address-shown')).toBe('192.168.1.99');
    expect(document.body.textContent).toContain('The lab is at another address now: 192.168.1.99.');
  });

  it('shows the code, the address and the QR code, and how many machines are in', async () => {
    await openLab();
    expect(textOf('lan-code-shown')).toContain(LAN_CODE);
    expect(textOf('lan-address-shown')).toBe('192.168.1.20');
    expect(find('lan-qr')?.querySelector('path')?.getAttribute('d')?.length).toBeGreaterThan(1000);
    expect(textOf('network-button')).toBe('5 machines, 1 away');
    expect(textOf('lan-wrong-codes')).toContain('192.168.1.131: 6 wrong codes');
  });

  it('closes joining and opens it again, and makes a new code when that is confirmed', async () => {
    await openLab();
    await click('lan-set-joining');
    expect(textOf('lan-joining')).toContain('Joining is closed');
    await click('lan-set-joining');
    expect(textOf('lan-joining')).toContain('Joining is open');
    await click('lan-renew');
    await click('confirm-ok');
    expect(textOf('lan-code-shown')).not.toContain(LAN_CODE);
  });

  it('takes the lab off the network only after asking', async () => {
    await openLab();
    await click('lan-close');
    expect(textOf('confirm')).toContain('3 machines are let go and their nodes stop');
    await click('confirm-cancel');
    expect(find('lan-host')).not.toBeNull();
    await click('lan-close');
    await click('confirm-ok');
    expect(find('lan-open-form')).not.toBeNull();
  });
});

describe('the wall', () => {
  it('says of each machine who it is, how it is reached and what it did, and puts the missing ones first', async () => {
    await openLab();
    const tiles = [...find('lan-wall')?.children ?? []].map((tile) => tile.textContent.replaceAll(/\s+/g, ' ').trim());
    expect(textOf('lan-wall-summary')).toBe('5 machines, 1 not connected');
    expect(tiles[0]).toMatch(/Desk 3member.*not connected.*round trip–.*n8/);
    expect(tiles[1]).toMatch(/desk-7this machinehost.*round trip–.*n1 n2 n3.*partition · 42 s ago/);
    expect(tiles[3]).toMatch(/Desk 1.*round trip0\.6 ms.*brought a node · \d+ s ago.*the host may act on its nodes/);
    expect(tiles[4]).toMatch(/Desk 2.*38 ms.*only it acts on its nodes.*1240 events left out/);
    expect(tiles[2]).toMatch(/Ada’s laptopviewer.*has done nothing yet.*brings no nodes/);
  });

  it('lets a machine go after saying which nodes leave', async () => {
    await openLab();
    document.querySelector<HTMLElement>('[aria-label="Let Desk 1 go"]')?.click();
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(textOf('confirm')).toContain('n6 leaves the configuration');
    await click('confirm-ok');
    expect(textOf('lan-wall-summary')).toBe('4 machines, 1 not connected');
  });
});

describe('a machine that is missing', () => {
  it('has nodes that count on, and the host is offered to remove them', async () => {
    await openLab();
    const tile = find('lan-wall')?.firstElementChild;
    expect(tile?.textContent).toContain('n8 is still a member: a majority is counted with it');
    const remove = tile?.querySelector<HTMLElement>('[data-testid=let-go]');
    expect(remove?.textContent.trim()).toBe('Remove from the cluster…');
    remove?.click();
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(textOf('confirm')).toContain('“Desk 3” is not connected. n8 leaves the configuration all the same');
    await click('confirm-ok');
    expect(textOf('lan-wall-summary')).toBe('4 machines');
  });
});

describe('joining a lab', () => {
  it('tests the connection in words: what is right, what is doubtful, what fails', async () => {
    await click('network-button');
    await click('lan-way-join');
    await click(`lan-found-${LAN_LAB.tag}`);
    await type('lan-code', LAN_CODE);
    await click('lan-test');
    expect(textOf('lan-test-result')).toMatch(/^This machine can join\..*OKCode.*WarningClock/);
    await type('lan-code', 'WRONG');
    expect(find('lan-test-result')).toBeNull();
    await click('lan-test');
    expect(textOf('lan-test-result')).toMatch(/^This machine cannot join yet\..*FailedCodethe host does not know/);
  });

  it('says in its place why it did not join', async () => {
    await joinLab('WRONG');
    expect(textOf('lan-join-problem')).toBe('the host does not know this code');
    expect(find('lan-strip')).toBeNull();
  });

  it('takes a whole invitation that is pasted into the address', async () => {
    await click('network-button');
    await click('lan-way-join');
    const event = new Event('paste', { bubbles: true, cancelable: true });
    Object.assign(event, { clipboardData: { getData: () => ` 10.1.2.3:5000 ${LAN_CODE}\n` } });
    find('lan-address')?.dispatchEvent(event);
    await vi.advanceTimersByTimeAsync(20);
    const values = ['lan-address', 'lan-port', 'lan-code'].map((id) => (find(id) as HTMLInputElement).value);
    expect(values).toEqual(['10.1.2.3', '5000', LAN_CODE]);
  });

  it('says whose lab this is, brings a node, and leaves after asking', async () => {
    await joinLab();
    expect(textOf('lan-strip')).toMatch(/^Default lab on teacher · connected/);
    expect(textOf('lan-own-nodes')).toContain('None yet');
    await click('lan-bring');
    expect(textOf('lan-own-nodes')).toBe('n6');
    await click('strip-leave');
    expect(textOf('confirm')).toContain('This machine’s nodes leave the cluster.');
    await click('confirm-ok');
    expect(find('lan-strip')).toBeNull();
  });

  it('remembers whether the host may act on this machine’s nodes, and takes it back', async () => {
    await click('network-button');
    await click('lan-way-join');
    await click('lan-permits');
    await click(`lan-found-${LAN_LAB.tag}`);
    await type('lan-code', LAN_CODE);
    await submit('lan-join-form');
    expect(find('lan-joined')?.querySelector<HTMLInputElement>('[data-testid="lan-permits"]')?.checked).toBe(true);
    await click('lan-permits');
    const asked = bridge.invoke('lan:status', {});
    await vi.advanceTimersByTimeAsync(20);
    expect(await asked).toMatchObject({ ok: true, value: { mode: 'joined', permits: false } });
  });

  it('offers nothing that only the host may do, and says so', async () => {
    wrapper.unmount();
    wrapper = mountWindow(App, bridge);
    await vi.advanceTimersByTimeAsync(200);
    await joinLab();
    for (const tool of ['tool-partition', 'tool-link', 'tool-add']) {
      expect(find(tool)?.hasAttribute('disabled'), tool).toBe(true);
      expect(find(tool)?.title, tool).toContain('only the host may do this');
    }
    expect(find('pace-fast')?.hasAttribute('disabled')).toBe(true);
    expect(find('live')?.dataset['status']).toBe('live');
  });

  it('lets a viewer look only', async () => {
    await click('network-button');
    await click('lan-way-join');
    await click('lan-role-viewer');
    expect(find('lan-permits')).toBeNull();
    await click(`lan-found-${LAN_LAB.tag}`);
    await type('lan-code', LAN_CODE);
    await submit('lan-join-form');
    expect(textOf('lan-joined')).toContain('This machine is a viewer');
    expect(find('strip-bring')).toBeNull();
  });
});
