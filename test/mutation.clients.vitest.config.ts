import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The room of clients: unit tests, and what an operator and a policy do with stored rows, on SQLite. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  resolve: { alias: { 'nestjs-mcp-auth': fileURLToPath(new URL('../lib/index.ts', import.meta.url)) } },
  test: {
    // Loading Nest and TypeORM anew for every file would cost several times as much as the tests.
    isolate: false,
    include: [
      'test/unit/clients/**/*.spec.ts',
      'test/integration/client-service.spec.ts',
      'test/integration/client-operators.spec.ts',
      'test/integration/configured-clients.spec.ts',
      'test/e2e/client-policy.spec.ts',
      'test/e2e/client-key-servers.spec.ts',
    ],
    env: { TEST_POSTGRES_URL: '', TEST_MYSQL_URL: '', TEST_DATABASES_REQUIRED: '' },
  },
});
