// A test application in a process of its own, for races between instances that share a database.
import { fileURLToPath } from 'node:url';
import { createViteServer } from 'vitest/node';

const vite = await createViteServer({
  configFile: false,
  logLevel: 'error',
  appType: 'custom',
  server: { middlewareMode: true, watch: null, ws: false },
  optimizeDeps: { noDiscovery: true },
  resolve: { alias: { 'nestjs-mcp-auth': fileURLToPath(new URL('../../lib/index.ts', import.meta.url)) } },
});
const { startTestApp } = await vite.ssrLoadModule(new URL('./test-app.ts', import.meta.url).pathname);
const { meeting } = await vite.ssrLoadModule(new URL('./barrier.ts', import.meta.url).pathname);
const { watchOverlap } = await vite.ssrLoadModule(new URL('./overlap.ts', import.meta.url).pathname);

let host;
let overlap;
process.on('message', async (message) => {
  try {
    if (message.kind === 'overlap') return process.send({ overlap: overlap.take() });
    if (message.kind === 'meet') {
      host.users.meeting = message.size > 0 ? meeting(message.size) : undefined;
      return process.send({ meeting: message.size });
    }
    host = await startTestApp(message.options);
    overlap = watchOverlap(host.app.getHttpServer(), '/oauth/token');
    process.send({ origin: host.origin });
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) });
  }
});
process.on('disconnect', () => process.exit());
process.send('ready');
