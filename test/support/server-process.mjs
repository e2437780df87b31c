// A test application in a process of its own, for races between instances that share a database.
import { fileURLToPath } from 'node:url';
import { createViteServer } from 'vitest/node';
import './leak-setup.mjs';

const vite = await createViteServer({
  configFile: false,
  logLevel: 'error',
  appType: 'custom',
  server: { middlewareMode: true, watch: null, ws: false },
  optimizeDeps: { noDiscovery: true },
  resolve: { alias: { 'nestjs-mcp-auth': fileURLToPath(new URL('../../lib/index.ts', import.meta.url)) } },
});
const { EchoController, startTestApp } = await vite.ssrLoadModule(new URL('./test-app.ts', import.meta.url).pathname);
const { meeting } = await vite.ssrLoadModule(new URL('./barrier.ts', import.meta.url).pathname);
const { watchOverlap } = await vite.ssrLoadModule(new URL('./overlap.ts', import.meta.url).pathname);
const { countStatements } = await vite.ssrLoadModule(new URL('./statement-count.ts', import.meta.url).pathname);
const { StreamController } = await vite.ssrLoadModule(new URL('./stream-controller.ts', import.meta.url).pathname);
const { holdAssertions, meetAtAssertions } = await vite.ssrLoadModule(
  new URL('./meet-at-assertions.ts', import.meta.url).pathname,
);
const { useReadThenWrite } = await vite.ssrLoadModule(new URL('./read-then-write.ts', import.meta.url).pathname);

let host;
let overlap;
let statements;
process.on('message', async (message) => {
  try {
    if (message.kind === 'overlap') return process.send({ overlap: overlap.take() });
    if (message.kind === 'meet') {
      const next = message.size > 0 ? meeting(message.size) : undefined;
      if (message.at === 'assertions') meetAtAssertions(next);
      else host.users.meeting = next;
      return process.send({ meeting: message.size });
    }
    if (message.kind === 'advance') {
      host.clock.advance(message.seconds);
      return process.send({ advanced: message.seconds });
    }
    if (message.kind === 'statements') return process.send({ statements: statements.take() });
    if (message.readThenWrite) useReadThenWrite();
    else holdAssertions();
    host = await startTestApp({ ...message.options, controllers: [StreamController, EchoController] });
    statements = countStatements(host.dataSource);
    overlap = watchOverlap(host.app.getHttpServer(), '/oauth/token');
    process.send({ origin: host.origin });
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) });
  }
});
process.on('disconnect', () => process.exit());
process.send('ready');
