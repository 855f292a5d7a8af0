/** What the lab and the thread that keeps recordings say to each other. */
import type { HistoryAnswers } from '../../contract/history.ts';
import type { LabErrorData } from '../../contract/errors.ts';
import type { TraceEvent } from '../../trace/events.ts';
import type { ClientOperation } from '../../trace/operations.ts';
import type { StoreInput, StoreQuestion } from './recordingStore.ts';

/** What can be asked besides the questions about the past. */
export interface FileQuestions {
  /** Opens the recording of a lab. */
  readonly begin: { readonly path: string; readonly labName: string; readonly bytesMax: number };
  /** Ends it: everything is written. */
  readonly end: object;
  readonly openFile: { readonly path: string; readonly name: string };
  readonly closeFile: object;
  readonly save: {
    readonly path: string; readonly of: 'lab' | 'file'; readonly fromSeq?: number; readonly toSeq?: number;
    readonly withNames: boolean;
  };
  readonly export: {
    readonly path: string; readonly of: 'lab' | 'file'; readonly format: 'csv' | 'shiviz' | 'porcupine';
  };
}

export type RecordingQuestion =
  | { readonly type: 'ask'; readonly of: 'lab' | 'file'; readonly name: StoreQuestion; readonly input: StoreInput }
  | { [Type in keyof FileQuestions]: { readonly type: Type } & FileQuestions[Type] }[keyof FileQuestions];

export type ToRecording =
  | { readonly type: 'events'; readonly events: readonly TraceEvent[] }
  | { readonly type: 'operations'; readonly operations: readonly ClientOperation[] }
  | { readonly type: 'question'; readonly questionId: number; readonly question: RecordingQuestion };

export type RecordingAnswer = HistoryAnswers[StoreQuestion];

export type FromRecording =
  /** So many events and operations were taken. */
  | { readonly type: 'taken'; readonly count: number }
  /** Nothing more is recorded of the open lab, and why. */
  | { readonly type: 'stopped'; readonly problem: string }
  | { readonly type: 'answer'; readonly questionId: number; readonly answer: RecordingAnswer }
  | { readonly type: 'refusal'; readonly questionId: number; readonly error: LabErrorData };
