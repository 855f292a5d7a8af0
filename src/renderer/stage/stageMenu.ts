/** What the stage's menus offer for a node, a link or the whole network in its present state. */
import type { CommandName } from '../../contract/commands.ts';
import { isFaultless, NO_FAULTS } from '../../trace/events.ts';
import type { NodeName } from '../../trace/names.ts';
import { isCut, isCutBothWays, sortedNames } from '../../trace/network.ts';
import type { ClusterView } from '../../trace/view.ts';
import { captionOf } from '../shell/keys.ts';
import { commandOf, offersFor } from '../shell/nodeOffers.ts';
import type { NodeOffer, NodeOfferId } from '../shell/nodeOffers.ts';
import { isMac } from '../shell/platform.ts';
import type { NetworkTool } from '../shell/useStageTools.ts';
import { changeBothWays, changeOneWay, faultsOf, isHeld, isolate, rejoin } from './linkFaults.ts';
import type { LinkOrder } from './linkFaults.ts';

export type MenuTarget =
  | { readonly type: 'node'; readonly name: NodeName }
  | { readonly type: 'link'; readonly a: NodeName; readonly b: NodeName }
  | { readonly type: 'stage' };

export interface MenuItem {
  readonly type: 'item';
  readonly id: string;
  readonly label: string;
  /** Its key, as printed on the keyboard. */
  readonly keys?: string;
  /** What it does, in a sentence. */
  readonly hint?: string;
  /** Marks an action that loses something. */
  readonly danger?: boolean;
  /** Why it is not possible now; null or absent if it is. */
  readonly refusal?: string | null;
  readonly run: () => unknown;
}

export type MenuEntry =
  | MenuItem
  | { readonly type: 'separator'; readonly id: string }
  | { readonly type: 'submenu'; readonly id: string; readonly label: string; readonly items: readonly MenuItem[] };

/** The actions of the menus; the stage provides them. */
export interface MenuDoer {
  readonly perform: (offer: NodeOfferId, name: NodeName) => unknown;
  readonly addNode: (asLearner: boolean) => unknown;
  readonly select: (name: NodeName) => unknown;
  readonly orderLinks: (orders: readonly LinkOrder[]) => unknown;
  readonly editLink: (a: NodeName, b: NodeName) => unknown;
  readonly startPartition: (picked: readonly NodeName[]) => unknown;
  readonly heal: () => unknown;
  readonly toggleTable: () => unknown;
  readonly showLogs: () => unknown;
  readonly showSpaceTime: () => unknown;
  /** Why a tool cannot be taken up now; null when it can. */
  readonly toolRefusal: (tool: NetworkTool) => string | null;
  /** Why this machine cannot do something now; null when it can. */
  readonly refusal: (name: CommandName, input: Readonly<Record<string, unknown>>) => string | null;
}

const separator = (id: string): MenuEntry => ({ type: 'separator', id });

function item(id: string, label: string, run: () => unknown, keys?: string): MenuItem {
  return { type: 'item', id, label, run, ...(keys === undefined ? {} : { keys }) };
}

function offerItems(view: ClusterView, name: NodeName, group: NodeOffer['group'], doer: MenuDoer): MenuItem[] {
  return offersFor(view, name).filter((offer) => offer.group === group).map(({ id, label, hint, danger, keys }) => ({
    ...item(id, label, () => doer.perform(id, name), keys === undefined ? undefined : captionOf(keys, isMac)),
    hint,
    ...(danger === undefined ? {} : { danger }),
    refusal: doer.refusal(commandOf(id), { node: name }),
  }));
}

/** What a node's menu offers for its links. */
function nodeNetworkItems(view: ClusterView, name: NodeName, doer: MenuDoer): MenuEntry[] {
  const peers = sortedNames(view).filter((peer) => peer !== name);
  if (peers.length === 0) return [];
  const cuts = peers.map((peer): MenuItem => {
    const cut = isCutBothWays(view, name, peer);
    const orders = () => doer.orderLinks(changeBothWays(view, name, peer, { down: !cut }));
    return item(`cut-${peer}`, cut ? `${peer}: mend` : peer, orders);
  });
  const entries: MenuEntry[] = [{ type: 'submenu', id: 'cut-links', label: 'Cut link to', items: cuts }];
  if (peers.some((peer) => !isCutBothWays(view, name, peer))) {
    entries.push(item('isolate', 'Isolate: cut all its links', () => doer.orderLinks(isolate(view, name))));
  }
  if (peers.some((peer) => isCut(view, name, peer) || isCut(view, peer, name))) {
    entries.push(item('rejoin', 'Mend all its links', () => doer.orderLinks(rejoin(view, name))));
  }
  entries.push(item('partition', 'Partition from here…', () => doer.startPartition([name]), 'P'));
  return entries;
}

/** The entries that change links, disabled if this machine may not do so. */
function asFarAsAllowed(entries: readonly MenuEntry[], refusal: string | null): MenuEntry[] {
  return entries.map((entry) => {
    switch (entry.type) {
      case 'separator': return entry;
      case 'item': return { ...entry, refusal };
      case 'submenu': return { ...entry, items: entry.items.map((one) => ({ ...one, refusal })) };
    }
  });
}

function nodeMenu(view: ClusterView, name: NodeName, doer: MenuDoer): MenuEntry[] {
  return withSeparators(
    offerItems(view, name, 'life', doer),
    offerItems(view, name, 'membership', doer),
    asFarAsAllowed(nodeNetworkItems(view, name, doer), doer.refusal('link:set', { from: name })),
    [item('select', 'Inspect', () => doer.select(name), 'Enter')],
  );
}

/** The sections one below the other, without the empty ones. */
function withSeparators(...sections: readonly (readonly MenuEntry[])[]): MenuEntry[] {
  return sections.filter((section) => section.length > 0)
    .flatMap((section, position) => (position === 0 ? section : [separator(`before-${position}`), ...section]));
}

function linkMenu(view: ClusterView, a: NodeName, b: NodeName, doer: MenuDoer): MenuEntry[] {
  const both = (id: string, label: string, patch: Parameters<typeof changeBothWays>[3]): MenuItem =>
    item(id, label, () => doer.orderLinks(changeBothWays(view, a, b, patch)));
  const oneWay = (id: string, from: NodeName, to: NodeName): MenuItem => {
    const cut = isCut(view, from, to);
    const orders = () => doer.orderLinks(changeOneWay(view, from, to, { down: !cut }));
    return item(id, `${cut ? 'Mend' : 'Cut'} ${from} → ${to} only`, orders);
  };
  const entries: MenuEntry[] = [];
  if (!isCutBothWays(view, a, b)) entries.push(both('cut', 'Cut both ways', { down: true }));
  entries.push(oneWay('cut-forth', a, b), oneWay('cut-back', b, a), separator('impair'));
  entries.push(
    both('loss-10', 'Lose 10 %', { lossPercent: 10 }), both('loss-30', 'Lose 30 %', { lossPercent: 30 }),
    both('delay-50', 'Delay by 50 ms', { delayMs: 50 }), both('delay-200', 'Delay by 200 ms', { delayMs: 200 }),
    isHeld(view, a, b) ? both('release', 'Hold no messages', { hold: 'nothing' })
      : both('hold', 'Hold messages', { hold: 'everything' }),
    item('edit', 'All settings…', () => doer.editLink(a, b)),
  );
  const isTouched = [faultsOf(view, a, b), faultsOf(view, b, a)].some((faults) =>
    !isFaultless(faults));
  if (isTouched) entries.push(separator('heal'), both('heal', 'Heal this link', NO_FAULTS));
  return asFarAsAllowed(entries, doer.refusal('link:set', { from: a, to: b }));
}

function stageMenu(view: ClusterView, doer: MenuDoer): MenuEntry[] {
  const isCutSomewhere = Object.values(view.links).some((link) => link.faults.down);
  return [
    ...asFarAsAllowed([
      item('partition', 'Partition…', () => doer.startPartition([]), 'P'),
      ...(isCutSomewhere ? [item('heal', 'Heal every cut', () => doer.heal(), 'H')] : []),
    ], doer.toolRefusal('partition')),
    separator('membership'),
    ...asFarAsAllowed([
      item('add-node', 'Add a node', () => doer.addNode(false)),
      item('add-learner', 'Add a learner', () => doer.addNode(true)),
    ], doer.refusal('cluster:add', {})),
    separator('table'),
    item('logs', 'Logs side by side', () => doer.showLogs()),
    item('space-time', 'Space-time diagram', () => doer.showSpaceTime()),
    item('table', 'Picture or table', () => doer.toggleTable(), 'T'),
  ];
}

/** The entries of the menu for its target. */
export function menuFor(view: ClusterView, target: MenuTarget, doer: MenuDoer): MenuEntry[] {
  switch (target.type) {
    case 'node': return nodeMenu(view, target.name, doer);
    case 'link': return linkMenu(view, target.a, target.b, doer);
    case 'stage': return stageMenu(view, doer);
  }
}
