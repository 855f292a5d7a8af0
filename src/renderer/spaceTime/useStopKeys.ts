/** Going through a space-time diagram by keys: from node to node, from event to event, along a message. */
import { shallowRef } from 'vue';
import type { Ref } from 'vue';
import type { SpaceTime, Stop } from '../../history/spaceTime/model.ts';
import { firstFrom } from '../../history/spaceTime/model.ts';
import { nodeNameOf, nodeNumberOfName } from '../../trace/names.ts';
import type { NodeName } from '../../trace/names.ts';

export interface StopKeysOptions {
  readonly model: () => SpaceTime;
  /** The nodes whose lines are shown. */
  readonly isShown: (node: NodeName) => boolean;
  /** Whether a stop is gone to: not those of hidden kinds. */
  readonly isStop: (stop: Stop) => boolean;
  /** Where the way begins: the newest moment in sight. */
  readonly startMs: () => number;
}

export interface StopKeys {
  readonly stop: Readonly<Ref<Stop | null>>;
  readonly choose: (stop: Stop | null) => void;
  /** @returns whether the key is one of these */
  readonly press: (key: string) => boolean;
}

export function useStopKeys({ model, isShown, isStop, startMs }: StopKeysOptions): StopKeys {
  const stop = shallowRef<Stop | null>(null);

  const stopsOf = (node: NodeName): readonly Stop[] => model().lanes.get(node)?.stops ?? [];

  /** The nearest one in a direction, from a position on; null where there is none. */
  function search(stops: readonly Stop[], from: number, step: 1 | -1): Stop | null {
    for (let at = from; at >= 0 && at < stops.length; at += step) {
      const one = stops[at];
      if (one !== undefined && isStop(one)) return one;
    }
    return null;
  }

  /** The last one of a node at a moment, or else the first after it. */
  function nearest(node: NodeName, atMs: number): Stop | null {
    const stops = stopsOf(node);
    const at = firstFrom(stops, atMs + 1e-6, (one) => one.atMs);
    return search(stops, at - 1, -1) ?? search(stops, at, 1);
  }

  function alongTime(step: 1 | -1): void {
    const from = stop.value;
    if (from === null) {
      begin();
      return;
    }
    const stops = stopsOf(nodeNameOf(from.event.node));
    let at = firstFrom(stops, from.atMs, (one) => one.atMs);
    while (at < stops.length && stops[at]?.event.seq !== from.event.seq) at += 1;
    stop.value = search(stops, at + step, step) ?? from;
  }

  function toNode(step: 1 | -1): void {
    const from = stop.value;
    if (from === null) {
      begin();
      return;
    }
    const names = shownNames();
    let at = names.indexOf(nodeNameOf(from.event.node)) + step;
    for (; at >= 0 && at < names.length; at += step) {
      const name = names[at];
      const found = name === undefined ? null : nearest(name, from.atMs);
      if (found !== null) {
        stop.value = found;
        return;
      }
    }
  }

  function shownNames(): NodeName[] {
    return [...model().lanes.keys()].filter(isShown)
      .sort((one, other) => nodeNumberOfName(one) - nodeNumberOfName(other));
  }

  function begin(): void {
    for (const name of shownNames()) {
      stop.value = nearest(name, startMs());
      if (stop.value !== null) return;
    }
  }

  /** To the message's other end, where that is known. */
  function follow(): void {
    const arrow = stop.value?.arrow;
    if (arrow?.end === null || arrow === null || arrow === undefined) return;
    const event = arrow.sent.seq === stop.value?.event.seq ? arrow.end : arrow.sent;
    stop.value = { atMs: event.atMs, event, arrow };
  }

  const runs: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => { alongTime(-1); },
    ArrowRight: () => { alongTime(1); },
    ArrowUp: () => { toNode(-1); },
    ArrowDown: () => { toNode(1); },
    Enter: follow,
  };

  function press(key: string): boolean {
    runs[key]?.();
    return runs[key] !== undefined;
  }

  return { stop, choose: (one) => { stop.value = one; }, press };
}
