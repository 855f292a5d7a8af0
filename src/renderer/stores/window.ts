/** The window's own state: the open dialog, the stage's tool, the requested focus. */
import { useLocalStorage } from '@vueuse/core';
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { NodeName } from '../../trace/names.ts';

/** What a click on the stage does: selects a node, chooses a partition's group, chooses a link, or holds one. */
export type StageTool = 'select' | 'partition' | 'link' | 'hold';
/** How the stage shows the cluster. */
export const STAGE_VIEWS = ['ring', 'logs', 'spaceTime', 'table'] as const;
export type StageViewName = (typeof STAGE_VIEWS)[number];
/** An entry of a node's log. */
export interface ChosenEntry {
  readonly node: NodeName;
  readonly index: number;
}
export type OpenDialog =
  | 'palette' | 'help' | 'labs' | 'new-lab' | 'seed' | 'settings' | 'safety' | 'variant' | 'about' | 'network'
  | 'doors' | 'save-recording' | 'export-recording';
export type FocusTarget = 'console' | 'events-filter' | 'stage' | 'next' | 'until' | 'branches' | 'notes';

export interface Confirmation {
  readonly title: string;
  readonly text: string;
  readonly confirmLabel: string;
}

export const useWindowStore = defineStore('window', () => {
  const stageTool = shallowRef<StageTool>('select');
  const stageView = shallowRef<StageViewName>('ring');
  /** The entry that was chosen in the picture of the logs. */
  const chosenEntry = shallowRef<ChosenEntry | null>(null);
  /** The held message that keys and buttons act on, by its id: chosen on the stage or in a list. */
  const heldMessage = shallowRef<string | null>(null);
  const dialog = shallowRef<OpenDialog | null>(null);
  /** A new object each time, so that asking twice focuses twice. Panes watch it and focus themselves. */
  const focusRequest = shallowRef<{ readonly target: FocusTarget } | null>(null);
  const inspectorOpen = shallowRef(true);
  /** The introduction stands in the inspector's place. */
  const introductionOpen = shallowRef(false);
  /** Kept between starts. */
  const timelineOpen = useLocalStorage('raftlab.timeline', true);
  /** An event that the list should show; a new object each time. */
  const eventRequest = shallowRef<{ readonly seq: number } | null>(null);
  /** The stage fills the window, for a projector. */
  const stageAlone = shallowRef(false);
  const confirmation = shallowRef<Confirmation | null>(null);
  let settleConfirmation: ((confirmed: boolean) => void) | null = null;

  /** Asks before something that cannot be undone. */
  function confirm(question: Confirmation): Promise<boolean> {
    settleConfirmation?.(false);
    confirmation.value = question;
    return new Promise((resolve) => {
      settleConfirmation = resolve;
    });
  }

  function answerConfirmation(confirmed: boolean): void {
    confirmation.value = null;
    settleConfirmation?.(confirmed);
    settleConfirmation = null;
  }

  return {
    stageTool,
    stageView,
    chosenEntry,
    heldMessage,
    dialog,
    focusRequest,
    inspectorOpen,
    introductionOpen,
    timelineOpen,
    eventRequest,
    stageAlone,
    confirmation,
    setStageTool: (tool: StageTool) => { stageTool.value = tool; },
    showStage: (name: StageViewName) => { stageView.value = name; },
    showNextStage: () => {
      const next = STAGE_VIEWS[(STAGE_VIEWS.indexOf(stageView.value) + 1) % STAGE_VIEWS.length];
      if (next !== undefined) stageView.value = next;
    },
    chooseEntry: (entry: ChosenEntry | null) => { chosenEntry.value = entry; },
    selectHeld: (messageId: string | null) => { heldMessage.value = messageId; },
    openDialog: (name: OpenDialog) => { dialog.value = name; },
    closeDialog: () => { dialog.value = null; },
    focus: (target: FocusTarget) => { focusRequest.value = { target }; },
    showEvent: (seq: number) => { eventRequest.value = { seq }; },
    toggleStageAlone: () => { stageAlone.value = !stageAlone.value; },
    toggleTimeline: () => { timelineOpen.value = !timelineOpen.value; },
    /** Shows or hides what stands right of the stage. */
    toggleInspector: () => {
      if (introductionOpen.value) introductionOpen.value = false;
      else inspectorOpen.value = !inspectorOpen.value;
    },
    openIntroduction: () => {
      dialog.value = null;
      introductionOpen.value = true;
    },
    closeIntroduction: () => { introductionOpen.value = false; },
    confirm,
    answerConfirmation,
  };
});
