import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Scopes, authorization endpoint, consent and connected apps: unit tests, and whole walks over HTTP on SQLite. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  resolve: { alias: { 'nestjs-mcp-auth': fileURLToPath(new URL('../lib/index.ts', import.meta.url)) } },
  test: {
    // Loading Nest and TypeORM anew for every file would cost several times as much as the tests.
    isolate: false,
    // What differs between the adapters is not in these rooms.
    testNamePattern: /^(?!.* on fastify)/,
    include: [
      'test/unit/scopes/**/*.spec.ts',
      'test/unit/endpoints/device-label.spec.ts',
      'test/unit/endpoints/given-consents.spec.ts',
      'test/e2e/authorize-errors.spec.ts',
      'test/e2e/authorize-prompt.spec.ts',
      'test/e2e/authorize-request.spec.ts',
      'test/e2e/client-policy.spec.ts',
      'test/e2e/connected-apps.spec.ts',
      'test/e2e/consent-attacks.spec.ts',
      'test/e2e/consent-form.spec.ts',
      'test/e2e/consent-page.spec.ts',
      'test/e2e/consent-scopes.spec.ts',
      'test/e2e/error-pages.spec.ts',
      'test/e2e/login-browser.spec.ts',
      'test/e2e/organisation-choice.spec.ts',
      'test/e2e/other-account.spec.ts',
      'test/e2e/page-languages.spec.ts',
      'test/e2e/remembered-consent.spec.ts',
      'test/e2e/scope-policy-table.spec.ts',
    ],
    env: { TEST_POSTGRES_URL: '', TEST_MYSQL_URL: '', TEST_DATABASES_REQUIRED: '' },
  },
});
