/** What Electron's dialogs for files are asked. */

export interface FileQuestion {
  readonly title: string;
  readonly buttonLabel: string;
  readonly filters: { readonly name: string; readonly extensions: string[] }[];
  readonly properties: 'openFile'[];
}

export interface SaveQuestion {
  readonly title: string;
  readonly defaultPath: string;
  readonly filters: { readonly name: string; readonly extensions: string[] }[];
}

export const RECORDING_QUESTION: FileQuestion = {
  title: 'Open a Recording',
  buttonLabel: 'Open',
  filters: [{ name: 'Recordings', extensions: ['raftlab'] }, { name: 'All Files', extensions: ['*'] }],
  properties: ['openFile'],
};
