// A process of its own that opens a database and migrates it when told to, for tests of processes starting together.
import { createViteServer } from 'vitest/node';
import './leak-setup.mjs';

const vite = await createViteServer({
  configFile: false,
  logLevel: 'error',
  appType: 'custom',
  server: { middlewareMode: true, watch: null, ws: false },
  optimizeDeps: { noDiscovery: true },
});
const { openAndMigrate } = await vite.ssrLoadModule(new URL('./open-and-migrate.ts', import.meta.url).pathname);

process.on('message', async (options) => {
  try {
    process.send({ drift: await openAndMigrate(options) });
  } catch (error) {
    process.send({ error: String(error) });
  }
});
process.on('disconnect', () => process.exit());
process.send('ready');
