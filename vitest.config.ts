import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const local = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * One project for each kind of suite; `npm test` runs those that need no browser, no network and no packed tarball. The files of a worker
 * share their modules: to load Nest and TypeORM anew for each of them would take longer than the tests.
 */
const project = (name: string, include: string[], testTimeout = 30_000, env: Record<string, string> = {}) => ({
  extends: true as const,
  test: { name, include, testTimeout, hookTimeout: 60_000, env, isolate: false },
});

/** A suite that has servers running: what they say and what they must not say is kept for the `leaks` project. */
const watched = (...parameters: Parameters<typeof project>) => {
  const { extends: root, test } = project(...parameters);
  const setupFiles = process.env['TEST_LEAKS_DIR'] === undefined ? [] : ['./test/support/leak-setup.mjs'];
  return { extends: root, test: { ...test, setupFiles } };
};

export default defineConfig({
  resolve: {
    alias: [
      { find: /^nestjs-mcp-auth\/testing$/, replacement: local('./lib/testing/index.ts') },
      { find: /^nestjs-mcp-auth$/, replacement: local('./lib/index.ts') },
    ],
  },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['default', './test/ci-reporter.ts'],
    projects: [
      project('architecture', ['test/architecture/**/*.spec.ts', 'test/public-api.spec.ts']),
      // No page may speak the language of the process, so that is another one than English.
      watched('unit', ['test/unit/**/*.spec.ts'], 30_000, { LC_ALL: 'de_DE.UTF-8' }),
      watched('integration', ['test/integration/**/*.spec.ts'], 120_000),
      watched('e2e', ['test/e2e/**/*.spec.ts'], 120_000),
      watched('browser', ['test/browser/**/*.spec.ts'], 120_000),
      watched('conformance', ['test/conformance/**/*.spec.ts'], 180_000),
      watched('clients', ['test/clients/**/*.spec.ts'], 120_000),
      project('packaging', ['test/packaging/**/*.spec.ts'], 600_000),
      project('leaks', ['test/leaks/**/*.spec.ts'], 120_000),
    ],
  },
});
