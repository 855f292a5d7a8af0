// Finds a Python that has redis-py, which runs one of the example programs.
import { execFileSync } from 'node:child_process';
import { findProgram } from './programs.mjs';

/**
 * Debian's own Python comes first: its package python3-redis is for that one.
 * @returns {string | undefined} the path of a Python that imports redis-py; undefined where none does
 */
export function pythonWithRedis() {
  return ['/usr/bin/python3', findProgram('python3')].find((python) => {
    try {
      execFileSync(python ?? '', ['-c', 'import redis'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}
