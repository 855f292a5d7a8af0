/** The palette's commands on the time of a simulated lab. */
import { computed } from 'vue';
import type { ComputedRef } from 'vue';
import type { StepUnit } from '../../contract/time.ts';
import { useTimeStore } from '../stores/time.ts';
import { useWindowStore } from '../stores/window.ts';
import { speedText, UNITS } from '../time/timeWords.ts';
import type { AppCommand } from './appCommand.ts';
import { captionOf } from './keys.ts';
import type { KeyAction } from './keys.ts';
import { isMac } from './platform.ts';

const SPEEDS = [0.01, 0.1, 1, 10, 100] as const;

/** None in a live lab. Call in a component's set-up. */
export function useTimeCommands(): ComputedRef<readonly AppCommand[]> {
  const time = useTimeStore();
  const view = useWindowStore();

  function command(id: string, title: string, keywords: string, run: () => unknown, action?: KeyAction): AppCommand {
    const own: AppCommand = {
      id: `time.${id}`, group: 'Time', title, keywords: `time ${keywords}`, run, needsLab: true,
    };
    return action === undefined ? own : { ...own, keys: captionOf(action, isMac) };
  }
  const keyOf = (unit: StepUnit, chosen: KeyAction): KeyAction | undefined => (unit === time.unit ? chosen : undefined);

  return computed(() => {
    if (!time.isSimulated) return [];
    return [
      command('toggle', time.isRunning ? 'Hold time' : 'Let time run', 'run hold pause', () => time.toggle(),
        'time.toggle'),
      ...UNITS.flatMap(({ unit, hint }) => [
        command(`step.${unit}`, `Step to the next ${unit}`, hint, () => time.step(unit), keyOf(unit, 'time.step')),
        command(`back.${unit}`, `Back by one ${unit}`, 'undo', () => time.back(unit), keyOf(unit, 'time.back')),
      ]),
      command('next', 'Choose what happens next', 'first deliver timer', () => { view.focus('next'); }, 'time.next'),
      command('until', 'Let time run until a condition holds…', 'run', () => { view.focus('until'); }, 'time.until'),
      command('branches', 'Branches: show, name, compare or delete one…', 'tree', () => { view.focus('branches'); }),
      command('first', 'Go to the beginning', 'start home', () => time.seek({ step: 0 }), 'time.first'),
      command('last', 'Go to the end of the branch', 'newest', () => time.seek({ step: time.end.step }), 'time.last'),
      ...SPEEDS.map((speed) =>
        command(`speed.${speed}`, `Speed: ${speedText(speed)}`, 'fast slow', () => time.setSpeed(speed))),
    ];
  });
}
