// Electron's main process: the order in which the app starts and stops.
import { app, dialog } from 'electron';
import { join } from 'node:path';
import { makeUsable } from '../lab/files/dataFolder.ts';
import { startApp } from './app.ts';
import type { RunningApp } from './app.ts';
import { isRecordingPath, parseCommandLine, recordingIn } from './commandLine.ts';
import { runHeadless } from './headless.ts';
import { openLog } from './log.ts';
import { PAGE_ADDRESS, PAGE_ORIGIN } from './pageFile.ts';
import { readProduct } from './product.ts';
import { registerPageScheme } from './protocol.ts';
import { hardenEveryContents } from './security.ts';
import { makeSmokeFolder, printReport, runSmoke } from './smoke.ts';

/** The nodes get this long to close their files; after that the process ends anyway, which Raft survives. */
const CLOSE_AT_LATEST_MS = 5000;

const product = readProduct(join(import.meta.dirname, '..', '..', 'package.json'), app.isPackaged);
const { dataPath: givenDataPath, seed, smoke, headless } = parseCommandLine(process.argv);
const dataPath = givenDataPath ?? (smoke ? makeSmokeFolder() : join(app.getPath('appData'), product.name));

// All of this is synchronous: Electron needs it before it is ready and does not wait for it.
const folderProblem = makeUsable(dataPath);
if (folderProblem !== null) {
  // On Linux, before Electron is ready, this goes to stderr.
  dialog.showErrorBox('Raftlab cannot keep its data', folderProblem);
  if (smoke) printReport({ ok: false, reason: folderProblem, ms: {} });
  process.exit(1);
}
app.setName(product.name);
app.setPath('userData', dataPath);
// Chromium's files go into their own folder, so that a student who looks here finds the labs first.
app.setPath('sessionData', join(dataPath, 'browser'));
app.setPath('crashDumps', join(dataPath, 'browser', 'crashes'));
const log = openLog(join(dataPath, 'logs'), !app.isPackaged && headless === null);
log.info(`${product.name} ${product.version} (${product.build}) on Electron ${process.versions.electron}, `
  + `${process.platform} ${process.arch}`);
// If the system has no sandbox (root in a container), the start script passes this switch.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
// Nothing is drawn, and without a display the attempt would only cause error messages.
if (headless !== null) app.disableHardwareAcceleration();
registerPageScheme();
// electron-vite sets the address of its development server; a packaged app ignores it.
const serverAddress = app.isPackaged ? undefined : process.env.ELECTRON_RENDERER_URL;
hardenEveryContents(log, serverAddress !== undefined);

let running: RunningApp | null = null;
/** The recording to open once the app runs. */
let awaitedRecording = recordingIn(process.argv, process.cwd());
/** Somebody or something has asked the app to end: from then on the window only follows. */
let isQuitting = false;
let closed = false;

/** Uncaught errors are bugs: they are logged and shown, and the nodes keep running. No dialog stops a lesson. */
function reportBug(kind: string, error: unknown): void {
  log.error(kind, error);
  running?.notify('error', 'Something in Raftlab failed. The log in the data folder has the details.');
}
process.on('uncaughtException', (error) => { reportBug('an exception that nobody caught', error); });
process.on('unhandledRejection', (reason) => { reportBug('a rejection that nobody handled', reason); });

/** Closes the lab, but waits only for a limited time. */
async function closeInTime(): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      log.warn(`the lab did not close within ${CLOSE_AT_LATEST_MS} ms`);
      resolve();
    }, CLOSE_AT_LATEST_MS);
  });
  await Promise.race([running?.close(), tooLate]).catch((error: unknown) => {
    log.error('the lab did not close cleanly', error);
  });
  clearTimeout(timer);
  closed = true;
}

function openRecording(path: string): void {
  if (running === null) awaitedRecording = path;
  else running.openRecording(path);
}

async function start(): Promise<void> {
  await app.whenReady();
  running = startApp({
    product,
    dataPath,
    seed,
    pageOrigin: serverAddress === undefined ? PAGE_ORIGIN : new URL(serverAddress).origin,
    pageAddress: serverAddress ?? PAGE_ADDRESS,
    developerTools: !app.isPackaged,
    visible: !smoke,
    log,
    quit: () => { app.quit(); },
    isQuitting: () => isQuitting,
  });
  if (awaitedRecording !== null) running.openRecording(awaitedRecording);
  if (!smoke) return;
  const exitCode = await runSmoke(running);
  await closeInTime();
  app.exit(exitCode);
}

if (headless !== null) {
  runHeadless(headless, dataPath).catch((error: unknown) => {
    log.error('the lab without a window failed', error);
    app.exit(1);
  });
// A second start shows the window of the first: two apps must not run the nodes of one folder.
} else if (!app.requestSingleInstanceLock()) {
  if (smoke) printReport({ ok: false, reason: 'another Raftlab uses this data folder', ms: {} });
  app.exit(smoke ? 1 : 0);
} else {
  app.on('second-instance', (_event, argv, folder) => {
    const recording = recordingIn(argv, folder);
    if (recording !== null) openRecording(recording);
    const window = running?.window;
    if (window === undefined || window.isDestroyed()) return;
    if (window.isMinimized()) window.restore();
    window.focus();
  });
  // How macOS tells of a double click, perhaps before Electron is ready.
  app.on('open-file', (event, path) => {
    if (!isRecordingPath(path)) return;
    event.preventDefault();
    openRecording(path);
  });
  // On macOS too: the window is the lab, and a closed lab stops its nodes.
  app.on('window-all-closed', () => { app.quit(); });
  app.on('before-quit', (event) => {
    isQuitting = true;
    if (closed || running === null) return;
    event.preventDefault();
    void closeInTime().then(() => { app.quit(); });
  });
  start().catch((error: unknown) => {
    log.error('Raftlab could not start', error);
    app.exit(1);
  });
}
