/** The app's name and the place of its releases, from the package.json of the package. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The name that only a package with the official Electron has (build/product.mjs). */
const RELEASE_NAME = 'Raftlab';

export interface Product {
  /** The displayed name; also the name of the data folder. */
  readonly name: string;
  readonly version: string;
  readonly build: 'release' | 'test' | 'development';
  /** `OWNER/NAME` on GitHub, or null for a build that no release workflow made. */
  readonly repository: string | null;
}

const REPOSITORY_ADDRESS = /^https:\/\/github\.com\/([\w-]+\/[\w.-]+)$/;

const manifestSchema = z.object({
  productName: z.string().min(1).max(60),
  version: z.string().regex(/^\d+\.\d+\.\d+/),
  repository: z.object({ url: z.string().regex(REPOSITORY_ADDRESS) }).optional(),
});

/**
 * Reads the manifest. Synchronous, because the data folder's name is needed before anything else.
 *
 * @param manifestPath the app's package.json
 * @throws when packaging did not write it: then no part of the app can be trusted
 */
export function readProduct(manifestPath: string, isPackaged: boolean): Product {
  const { productName, version, repository } = manifestSchema.parse(JSON.parse(readFileSync(manifestPath, 'utf8')));
  const packagedBuild = productName === RELEASE_NAME ? 'release' : 'test';
  return {
    name: productName,
    version,
    build: isPackaged ? packagedBuild : 'development',
    repository: repository === undefined ? null : REPOSITORY_ADDRESS.exec(repository.url)?.[1] ?? null,
  };
}
