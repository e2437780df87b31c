import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DataSourceOptions } from 'typeorm';
import { describeDatabases } from '../../support/databases.js';
import { openDataSource } from '../../support/open-data-source.js';

const SCRIPT = fileURLToPath(new URL('../../support/migrating-process.mjs', import.meta.url));
const ROUNDS = 5;

async function startProcess(): Promise<ChildProcess> {
  const child = fork(SCRIPT, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  await once(child, 'message');
  return child;
}

async function migrateIn(child: ChildProcess, options: DataSourceOptions): Promise<unknown> {
  const answer = once(child, 'message') as Promise<unknown[]>;
  child.send(options);
  return (await answer)[0];
}

describeDatabases('Two processes that start together on an empty database', (kind) => {
  let processes: readonly ChildProcess[] = [];
  beforeAll(async () => {
    processes = await Promise.all([startProcess(), startProcess()]);
  });
  afterAll(() => {
    for (const child of processes) child.disconnect();
  });

  it.each(Array.from({ length: ROUNDS }, (_, round) => round + 1))('both come up (round %i)', async () => {
    const database = await kind.create();
    try {
      const answers = await Promise.all(processes.map((child) => migrateIn(child, database.options)));
      expect(answers).toEqual([{ drift: [] }, { drift: [] }]);
      const dataSource = await openDataSource(database);
      expect(await dataSource.query('SELECT name FROM migrations')).toHaveLength(1);
      await dataSource.destroy();
    } finally {
      await database.drop();
    }
  });
});
