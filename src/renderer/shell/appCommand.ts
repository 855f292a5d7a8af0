/** Something that can be done in the window. */
export interface AppCommand {
  readonly id: string;
  readonly group: 'Look' | 'Time' | 'The past' | 'Network' | 'Lab' | 'Window' | 'Nodes';
  readonly title: string;
  /** Other words that find it. */
  readonly keywords?: string;
  /** Its key, as printed on the keyboard. */
  readonly keys?: string;
  /** Why it is not possible now; null or absent if it is. */
  readonly refusal?: string | null;
  /** It acts on the lab that is open: without one it is not offered. */
  readonly needsLab?: boolean;
  readonly run: () => unknown;
}
