/** The entry of the thread that keeps recordings: that of the open lab, and one that was opened from a file. */
import { parentPort } from 'node:worker_threads';
import { LabError } from '../../contract/errors.ts';
import type { LabErrorData } from '../../contract/errors.ts';
import { errorCodeOf } from '../../node/storage/errors.ts';
import { loadSqlite } from '../../node/storage/sqliteLoading.ts';
import { exportRecording } from './exportRecording.ts';
import { openRecordingFile } from './openRecordingFile.ts';
import type { FromRecording, RecordingAnswer, RecordingQuestion, ToRecording } from './protocol.ts';
import { openRecordingDatabase } from './recordingDatabase.ts';
import { RecordingStore } from './recordingStore.ts';
import { saveRecording } from './saveRecording.ts';

/** A crash of the app loses at most so much. */
const WRITE_EVERY_MS = 1000;

interface Stores {
  lab: RecordingStore | undefined;
  file: RecordingStore | undefined;
}

const stores: Stores = { lab: undefined, file: undefined };
let isRecording = false;

function post(message: FromRecording): void {
  parentPort?.postMessage(message);
}

/** The disk is full, or worse: the cluster runs on, and what was recorded so far can be looked at. */
function stopRecording(error: unknown): void {
  isRecording = false;
  const reason = error instanceof LabError ? error.message
    : `recording.db cannot be written (${errorCodeOf(error)}): nothing more is recorded until the lab is opened again`;
  if (stores.lab !== undefined) stores.lab.problem = reason;
  post({ type: 'stopped', problem: reason });
}

function record(work: (store: RecordingStore) => void): void {
  if (!isRecording || stores.lab === undefined) return;
  try {
    work(stores.lab);
  } catch (error) {
    stopRecording(error);
  }
}

function begin({ path, labName, bytesMax }: RecordingQuestion & { type: 'begin' }): RecordingAnswer {
  stores.lab?.close();
  stores.lab = undefined;
  try {
    stores.lab = new RecordingStore(openRecordingDatabase(path), { name: labName, labName }, bytesMax);
    isRecording = true;
  } catch (error) {
    stopRecording(error);
  }
  return null;
}

function end(): null {
  record((store) => store.write());
  stores.lab?.close();
  stores.lab = undefined;
  isRecording = false;
  return null;
}

async function carryOut(question: RecordingQuestion): Promise<RecordingAnswer> {
  switch (question.type) {
    case 'begin':
      return begin(question);
    case 'end':
      return end();
    case 'openFile': {
      const opened = await openRecordingFile(question.path, question.name);
      stores.file?.close();
      stores.file = opened;
      return opened.status();
    }
    case 'closeFile':
      stores.file?.close();
      stores.file = undefined;
      return null;
    case 'save':
      await saveRecording(storeOf(question.of), question);
      return null;
    case 'export':
      await exportRecording(storeOf(question.of), question);
      return null;
    case 'ask':
      if (question.name === 'history:status' && stores[question.of] === undefined) return null;
      return storeOf(question.of).answer(question.name, question.input);
  }
}

/** @throws {LabError} `refused` */
function storeOf(of: 'lab' | 'file'): RecordingStore {
  const store = stores[of];
  if (store !== undefined) return store;
  throw new LabError('refused', of === 'file' ? 'no recording is open: open a .raftlab file first'
    : 'this lab has no recording: its folder cannot be written');
}

function errorOf(error: unknown): LabErrorData {
  if (error instanceof LabError) return error.toData();
  const code = errorCodeOf(error);
  if (code === 'ENOSPC' || code === 'SQLITE_FULL') {
    return { code: 'disk-full', message: 'the disk is full: make room, then try again' };
  }
  const reason = code === '' ? String(error) : code;
  return { code: 'disk-error', message: `the recording cannot be read or written (${reason})` };
}

async function answer(questionId: number, question: RecordingQuestion): Promise<void> {
  try {
    post({ type: 'answer', questionId, answer: await carryOut(question) });
  } catch (error) {
    post({ type: 'refusal', questionId, error: errorOf(error) });
  }
}

function receive(message: ToRecording): void {
  switch (message.type) {
    case 'events':
      record((store) => store.addEvents(message.events));
      post({ type: 'taken', count: message.events.length });
      return;
    case 'operations':
      record((store) => store.addOperations(message.operations));
      post({ type: 'taken', count: message.operations.length });
      return;
    case 'question':
      void answer(message.questionId, message.question);
  }
}

loadSqlite();
setInterval(() => record((store) => store.write()), WRITE_EVERY_MS).unref();

// Both ends of this channel are this program's own code, from one build.
parentPort?.on('message', (message: ToRecording) => receive(message));
