/**
 * The store's schema, one step of SQL a version. A step that was released is never changed; a
 * change is a new step at the end.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE job (
    job TEXT PRIMARY KEY,
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    state TEXT NOT NULL
  );
  CREATE TABLE "order" (
    job TEXT NOT NULL REFERENCES job (job),
    generation INTEGER NOT NULL,
    payload BLOB NOT NULL,
    signed BLOB NOT NULL,
    PRIMARY KEY (job, generation)
  );
  CREATE TABLE roster (
    job TEXT NOT NULL REFERENCES job (job),
    generation INTEGER NOT NULL,
    hash BLOB NOT NULL,
    payload BLOB NOT NULL,
    signed BLOB NOT NULL,
    firstEpoch INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (job, generation)
  );
  CREATE TABLE report (
    job TEXT NOT NULL REFERENCES job (job),
    roster BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    node TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (job, roster, epoch, node)
  );
  CREATE TABLE result (
    job TEXT NOT NULL REFERENCES job (job),
    generation INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    at INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (job, generation, epoch)
  );
  CREATE TABLE retired (
    job TEXT PRIMARY KEY,
    generation INTEGER NOT NULL,
    rosterGeneration INTEGER NOT NULL
  );
  CREATE TABLE pin (
    node TEXT PRIMARY KEY,
    key TEXT NOT NULL
  );
  `,
  `
  CREATE TABLE outbox (
    serial INTEGER PRIMARY KEY,
    job TEXT NOT NULL,
    step TEXT NOT NULL,
    state TEXT NOT NULL,
    target TEXT NOT NULL,
    data TEXT NOT NULL,
    done TEXT NOT NULL,
    nonce INTEGER,
    transactions TEXT NOT NULL,
    since INTEGER,
    blockNumber INTEGER,
    blockHash TEXT,
    reason TEXT,
    dropped INTEGER NOT NULL CHECK (dropped IN (0, 1)),
    UNIQUE (job, step)
  );
  CREATE TABLE chainBlock (
    number INTEGER PRIMARY KEY,
    hash TEXT NOT NULL
  );
  CREATE TABLE chainWatch (
    address TEXT PRIMARY KEY,
    fromBlock INTEGER NOT NULL
  );
  CREATE TABLE chainMarket (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    identity TEXT NOT NULL
  );
  `,
  `
  CREATE TABLE givenUp (
    address TEXT PRIMARY KEY,
    payload BLOB NOT NULL
  );
  `,
]
