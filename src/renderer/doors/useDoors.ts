/** The doors of the open lab's nodes: how they are to be, changing that, and how a person reaches one. */
import { computed } from 'vue';
import { NO_DOOR_IN_VIRTUAL_TIME } from '../../contract/time.ts';
import { DOOR_CLOSED, doorAfter } from '../../trace/door.ts';
import type { DoorChange, DoorPlace } from '../../trace/door.ts';
import { LOOPBACK } from '../../trace/network.ts';
import { useLanStore } from '../lan/lanStore.ts';
import { useActions } from '../stores/actions.ts';
import { useClusterStore } from '../stores/cluster.ts';
import { useTimeStore } from '../stores/time.ts';

/** Call in a component's set-up. */
export function useDoors() {
  const actions = useActions();
  const cluster = useClusterStore();
  const lan = useLanStore();
  const time = useTimeStore();

  const door = computed(() => cluster.presentView()?.door ?? DOOR_CLOSED);
  /** Why the doors cannot be changed now; null when they can. */
  const refusal = computed(() => (time.isSimulated ? NO_DOOR_IN_VIRTUAL_TIME : lan.refusal('lab:setDoor', {})));
  /** What programs on other machines must know; null where no door is open to them. */
  const password = computed(() => {
    const { status } = lan;
    if (!door.value.isOpen || !door.value.onLan || status === null || status.mode === 'local') return null;
    return status.doorPassword;
  });

  return {
    door, refusal, password,
    change: (change: DoorChange) => actions.setDoor(doorAfter(door.value, change)),
  };
}

/** What to type into a terminal to reach a door. The password is asked for: a command line can be seen by others. */
export function connectingLine({ address, port }: DoorPlace): string {
  return address === LOOPBACK ? `redis-cli -p ${port}` : `redis-cli -h ${address} -p ${port} --askpass`;
}
