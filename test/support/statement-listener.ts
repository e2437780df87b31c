import type { Logger } from 'typeorm';

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** Hears of the statements that TypeORM sends: `{ logging: ['query'], logger: listener }`. */
export class StatementListener implements Logger {
  heard: ((statement: Statement) => void) | undefined;

  logQuery(sql: string, parameters: unknown[] = []): void {
    this.heard?.({ sql, parameters });
  }

  logQueryError(): void {}
  logQuerySlow(): void {}
  logSchemaBuild(): void {}
  logMigration(): void {}
  log(): void {}
}
