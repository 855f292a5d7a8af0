/** The ways in which the stage shows the cluster, as the switch between them names them. */
import type { StageViewName } from '../stores/window.ts';

export interface StageViewOption {
  readonly value: StageViewName;
  readonly text: string;
  readonly hint: string;
  readonly testId: string;
}

export const STAGE_VIEW_OPTIONS: readonly StageViewOption[] = [
  { value: 'ring', text: 'Ring', hint: 'The nodes and the messages between them', testId: 'view-ring' },
  { value: 'logs', text: 'Logs', hint: 'Every node’s log, entry by entry', testId: 'view-logs' },
  {
    value: 'spaceTime', text: 'Space-time', hint: 'Every node’s line through time, and the messages between them',
    testId: 'view-space-time',
  },
  { value: 'table', text: 'Table', hint: 'The nodes and links in words (T)', testId: 'view-table' },
];
