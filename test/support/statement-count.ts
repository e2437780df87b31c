import type { DataSource, QueryRunner } from 'typeorm';

/** Counts the statements a data source sends, whatever makes them. */
export function countStatements(dataSource: DataSource): { take(): number } {
  let count = 0;
  const counted = new WeakSet<QueryRunner>();
  const createQueryRunner = dataSource.createQueryRunner.bind(dataSource);
  dataSource.createQueryRunner = (mode) => {
    const runner = createQueryRunner(mode);
    // SQLite has one runner for everybody.
    if (counted.has(runner)) return runner;
    counted.add(runner);
    const query = runner.query.bind(runner) as (...given: unknown[]) => Promise<unknown>;
    runner.query = ((...given: unknown[]) => {
      count++;
      return query(...given);
    }) as typeof runner.query;
    return runner;
  };
  return {
    take: () => {
      const seen = count;
      count = 0;
      return seen;
    },
  };
}
