import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The rooms that work on stored rows: their tests run on SQLite here, whatever databases the environment names. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  resolve: { alias: { 'nestjs-mcp-auth': fileURLToPath(new URL('../lib/index.ts', import.meta.url)) } },
  test: {
    // Loading TypeORM anew for every file would cost several times as much as the tests.
    isolate: false,
    include: [
      'test/unit/tokens/**/*.spec.ts',
      'test/unit/endpoints/token/**/*.spec.ts',
      'test/unit/keys/**/*.spec.ts',
      'test/integration/storage/*.repository.spec.ts',
      'test/integration/revocation-reach.spec.ts',
    ],
    env: { TEST_POSTGRES_URL: '', TEST_MYSQL_URL: '', TEST_DATABASES_REQUIRED: '' },
  },
});
