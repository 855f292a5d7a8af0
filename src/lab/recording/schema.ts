/** The tables of recording.db (docs/recording.md). */

/** Its name in the lab's folder. */
export const RECORDING_FILE = 'recording.db';
/** Another number for every change of the tables. */
export const RECORDING_VERSION = 1;

export const RECORDING_TABLES = `
CREATE TABLE chunk (
  first_seq INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL, first_ms REAL NOT NULL, last_ms REAL NOT NULL,
  event_count INTEGER NOT NULL, view BLOB NOT NULL, events BLOB NOT NULL
) STRICT;
CREATE TABLE mark (seq INTEGER PRIMARY KEY, kinds INTEGER NOT NULL, event TEXT NOT NULL) STRICT;
CREATE TABLE operation (
  request_id TEXT PRIMARY KEY, asked_ms REAL NOT NULL, answered_ms REAL, operation TEXT NOT NULL
) STRICT;
CREATE INDEX operation_asked ON operation (asked_ms);
CREATE TABLE note (
  note INTEGER PRIMARY KEY, seq INTEGER NOT NULL, to_seq INTEGER, at_ms REAL NOT NULL, text TEXT NOT NULL
) STRICT;
PRAGMA user_version = ${RECORDING_VERSION};
`;
