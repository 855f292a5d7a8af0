/** The app's versions and folders, for the window's "about" and for bug reports. */
import type { AppInfo } from '../contract/answers.ts';
import type { Product } from './product.ts';

let known: Promise<AppInfo> | null = null;

async function findOut({ name, version, build }: Product, dataPath: string): Promise<AppInfo> {
  // The main thread uses SQLite only here, so it is loaded on demand.
  const { sqliteVersion } = await import('../node/storage/sqliteVersion.ts');
  return {
    name,
    version,
    build,
    electron: process.versions.electron,
    chrome: process.versions.chrome,
    node: process.versions.node,
    sqlite: sqliteVersion(),
    dataPath,
    platform: `${process.platform} ${process.arch}`,
  };
}

/** @throws when SQLite's addon cannot be loaded: then no node can run either */
export function appInfo(product: Product, dataPath: string): Promise<AppInfo> {
  known ??= findOut(product, dataPath);
  return known;
}
