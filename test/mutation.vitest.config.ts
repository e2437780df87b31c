import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Mutants of the protocol floor meet the tests of that floor alone: the others would catch them late and by accident. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: { include: ['test/unit/protocol/**/*.spec.ts'] },
});
