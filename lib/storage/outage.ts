import { codeOf, faultsOf, isConflict, messageOf, numberOf, syscallOf } from './database-error.js';

const OUTAGE_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  '57P01', // PostgreSQL: the administrator ended the connection
  '57P02',
  '57P03', // PostgreSQL: starting up or shutting down
  '57014', // PostgreSQL: the statement took longer than it may
  '25006', // PostgreSQL: read-only, as a standby is after a failover
  '55P03', // PostgreSQL: the lock took longer than it may
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
  'ER_CON_COUNT_ERROR',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_USER_LIMIT_REACHED',
  'ER_SERVER_SHUTDOWN',
  'ER_CONNECTION_KILLED',
  'ER_LOCK_WAIT_TIMEOUT',
  // MySQL, MariaDB: read-only as a whole, by the default of its transactions, or in its storage engine
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_READ_ONLY_MODE',
  'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
  'ER_INNODB_READ_ONLY',
  'ER_OPEN_AS_READONLY',
  'ER_QUERY_INTERRUPTED',
  'ER_QUERY_TIMEOUT',
  'ER_STATEMENT_TIMEOUT',
  'ER_DISK_FULL',
  'ER_RECORD_FILE_FULL',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'POOL_CLOSED',
]);

/** MariaDB: the connection was killed, the statement took longer than `max_statement_time`. */
const OUTAGE_NUMBERS: ReadonlySet<number> = new Set([1927, 1969]);

/** PostgreSQL class 08: connection exception; class 53: insufficient resources, too many connections among them. */
const OUTAGE_STATES = /^(?:08|53)[0-9A-Z]{3}$/;

/** SQLite: locked by another process for longer than its timeout, disk full, disk failing, file gone or read-only. */
const SQLITE_OUTAGES = /^SQLITE_(?:BUSY|LOCKED|FULL|IOERR|CANTOPEN|PROTOCOL|READONLY)/;

/** Failures of pools and closed connections that carry no code. */
const OUTAGE_MESSAGES = [
  'timeout exceeded when trying to connect',
  // pg, with `query_timeout`: the server did not answer.
  'Query read timeout',
  'Connection terminated',
  'Client has encountered a connection error',
  'Client was closed and is not queryable',
  // TypeORM, when PostgreSQL ended the connection between two statements of a transaction.
  'Query runner already released',
  'provided by a query runner was already released',
  'Cannot use a pool after calling end',
  'Pool is closed',
  'Queue limit reached',
  'No connections available',
  'The database connection is not open',
  'Driver not Connected',
  'Connection is not established',
  "Can't add new command when connection is in closed state",
];

/**
 * Whether the database was out of reach or overloaded, rather than the statement wrong.
 * An endpoint answers 503 with Retry-After then, and nothing is held against the client that asked.
 */
export function isOutage(error: unknown): boolean {
  if (isConflict(error)) return true;
  for (const fault of faultsOf(error)) {
    const code = codeOf(fault);
    if (OUTAGE_CODES.has(code) || OUTAGE_STATES.test(code) || SQLITE_OUTAGES.test(code)) return true;
    if (OUTAGE_NUMBERS.has(numberOf(fault))) return true;
    // Whatever the reason: a socket file that went away with its server is an ENOENT.
    if (syscallOf(fault) === 'connect') return true;
    if (OUTAGE_MESSAGES.some((message) => messageOf(fault).includes(message))) return true;
  }
  return false;
}
