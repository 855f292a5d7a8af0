/** The palette's commands on the past: moments, notes, files. */
import { computed } from 'vue';
import type { ComputedRef } from 'vue';
import { JUMP_UNITS } from '../../contract/history.ts';
import { useHistoryStore } from '../stores/history.ts';
import { useWindowStore } from '../stores/window.ts';
import type { AppCommand } from './appCommand.ts';
import { captionOf } from './keys.ts';
import type { KeyAction } from './keys.ts';
import { isMac } from './platform.ts';

/** Of moments none where nothing is recorded. Call in a component's set-up. */
export function usePastCommands(): ComputedRef<readonly AppCommand[]> {
  const history = useHistoryStore();
  const view = useWindowStore();

  function command(id: string, title: string, keywords: string, run: () => unknown, action?: KeyAction): AppCommand {
    const own: AppCommand = { id: `past.${id}`, group: 'The past', title, keywords: `past history ${keywords}`, run };
    return action === undefined ? own : { ...own, keys: captionOf(action, isMac) };
  }

  const ofFiles = (id: string, title: string, run: () => unknown): AppCommand =>
    ({ id, group: 'Lab', title, keywords: 'past history file raftlab csv shiviz porcupine', run });

  function moments(): AppCommand[] {
    return [
      ...(history.isPast
        ? [
          command('live', 'Back to LIVE', 'present now', () => { history.live(); }, 'past.live'),
          command('toggle', history.isPlaying ? 'Hold' : 'Play on', 'run', () => { history.toggle(); }, 'past.toggle'),
        ]
        : [command('hold', 'Hold the picture at this moment', 'freeze pause', () => { history.toggle(); })]),
      ...JUMP_UNITS.flatMap((unit) => [
        command(`back.${unit}`, `Back to the previous ${unit}`, 'step', () => history.back(unit)),
        ...(history.isPast ? [command(`step.${unit}`, `On to the next ${unit}`, '', () => history.step(unit))] : []),
      ]),
      command('first', 'Go to the recording’s beginning', 'start home', () => history.goToBeginning(), 'past.first'),
      command('note', 'Notes at moments…', 'bookmark talk', () => { view.focus('notes'); }, 'past.note'),
    ];
  }

  return computed(() => [
    ...(history.of === null ? [] : moments()),
    ofFiles('open-recording', 'Open a recording…', () => history.openFile()),
    ...(history.of === null
      ? []
      : [
        ofFiles('save-recording', 'Save the recording…', () => { view.openDialog('save-recording'); }),
        ofFiles('export-recording', 'Export the recording…', () => { view.openDialog('export-recording'); }),
      ]),
  ]);
}
