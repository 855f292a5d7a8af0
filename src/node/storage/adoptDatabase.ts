/** Gives the raft.db of a copied lab to its new lab: a node refuses a file of another one (openDatabase.ts). */
import { connect } from './connect.ts';
import { corrupt } from './errors.ts';

/**
 * @param path a database that no node has open, nor will have before this returns
 * @throws SQLite's own errors, or an error with code SQLITE_CORRUPT when the file is not one of the lab `from`
 */
export function adoptDatabase(path: string, { from, to }: { readonly from: string; readonly to: string }): void {
  const database = connect(path, { fileMustExist: true });
  try {
    database.pragma('trusted_schema = OFF');
    database.pragma('synchronous = FULL');
    const { changes } = database.prepare('UPDATE identity SET lab_id = ? WHERE lab_id = ?').run(to, from);
    if (changes !== 1) {
      throw corrupt('it is not of this lab');
    }
  } finally {
    database.close();
  }
}
