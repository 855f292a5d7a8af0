/** What the app is made of: versions and places, for the window's "about" and for reports of bugs. */
import { app } from 'electron';
import type { AppInfo } from '../contract/answers.ts';

let known: Promise<AppInfo> | null = null;

async function findOut(dataPath: string): Promise<AppInfo> {
  // Only here does the main thread touch SQLite, so it is loaded when somebody asks.
  const { sqliteVersion } = await import('../node/sqliteVersion.ts');
  return {
    version: app.getVersion(),
    electron: process.versions.electron,
    node: process.versions.node,
    sqlite: sqliteVersion(),
    dataPath,
    platform: `${process.platform} ${process.arch}`,
  };
}

/** @throws when SQLite's addon cannot be loaded: then no node can run either */
export function appInfo(dataPath: string): Promise<AppInfo> {
  known ??= findOut(dataPath);
  return known;
}
