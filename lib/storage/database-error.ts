/** What the drivers put on the errors they throw; TypeORM wraps them and keeps the original as `driverError`. */
interface DriverFault {
  readonly code?: unknown;
  readonly errno?: unknown;
  readonly syscall?: unknown;
  readonly message?: unknown;
  readonly driverError?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

const MAX_DEPTH = 5;

/** The error itself and everything it wraps: TypeORM's `driverError`, `cause`, and the parts of an AggregateError. */
export function* faultsOf(error: unknown, depth = 0): Generator<DriverFault> {
  if (typeof error !== 'object' || error === null || depth > MAX_DEPTH) return;
  const fault: DriverFault = error;
  yield fault;
  const wrapped = [fault.driverError, fault.cause, ...(Array.isArray(fault.errors) ? (fault.errors as unknown[]) : [])];
  for (const inner of wrapped) yield* faultsOf(inner, depth + 1);
}

/** SQLSTATE on PostgreSQL, a symbolic name on the other drivers. */
export function codeOf(fault: DriverFault): string {
  return typeof fault.code === 'string' ? fault.code : '';
}

/** The number of MySQL and MariaDB; mysql2 has no name for what only MariaDB knows. 0 where there is none. */
export function numberOf(fault: DriverFault): number {
  return typeof fault.errno === 'number' ? fault.errno : 0;
}

/** What Node was doing when the operating system refused; empty when it was something else that failed. */
export function syscallOf(fault: DriverFault): string {
  return typeof fault.syscall === 'string' ? fault.syscall : '';
}

export function messageOf(fault: DriverFault): string {
  return typeof fault.message === 'string' ? fault.message : '';
}

const CONFLICTS: ReadonlySet<string> = new Set([
  '40001', // PostgreSQL: serialization failure
  '40P01', // PostgreSQL: deadlock detected
  'ER_LOCK_DEADLOCK', // MySQL, MariaDB: 1213
  'ER_CHECKREAD', // MariaDB with snapshot isolation: 1020
  'SQLITE_BUSY_SNAPSHOT', // another process wrote after this transaction's first read
]);

const DUPLICATES: ReadonlySet<string> = new Set([
  '23505', // PostgreSQL: unique violation
  'ER_DUP_ENTRY',
  'SQLITE_CONSTRAINT_UNIQUE',
]);

/** Whether a row was refused because there is one with the same unique value already. */
export function isDuplicate(error: unknown): boolean {
  for (const fault of faultsOf(error)) if (DUPLICATES.has(codeOf(fault))) return true;
  return false;
}

/** Whether the database gave the transaction up because of another one, so that running it again may succeed. */
export function isConflict(error: unknown): boolean {
  for (const fault of faultsOf(error)) {
    if (CONFLICTS.has(codeOf(fault)) || fault.errno === 1213 || fault.errno === 1020) return true;
  }
  return false;
}
