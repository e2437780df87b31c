import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Mutants meet the unit tests of their own rooms alone: the others would catch them late and by accident. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  resolve: { alias: { 'nestjs-mcp-auth': fileURLToPath(new URL('../lib/index.ts', import.meta.url)) } },
  test: {
    // To load Nest anew for every file would cost several times as much as the tests.
    isolate: false,
    include: ['test/unit/protocol/**/*.spec.ts', 'test/unit/resource-server/**/*.spec.ts'],
  },
});
