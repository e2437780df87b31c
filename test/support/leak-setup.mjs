// Loaded first in every process of a test run that has an application in it; without TEST_LEAKS_DIR it does nothing.
import { keepSecret, leaksDirectory } from './leak-channels.mjs';

const STARTED = Symbol.for('nestjs-mcp-auth test: leaks are watched');

if (leaksDirectory() !== undefined && !globalThis[STARTED]) {
  globalThis[STARTED] = true;
  const [{ watchAnswers, watchRequests }, { watchChildren, watchDatabases, watchLoggers, watchTokens }] =
    await Promise.all([import('./leak-http.mjs'), import('./leak-output.mjs')]);
  watchAnswers();
  watchRequests();
  watchTokens();
  watchLoggers();
  watchDatabases();
  watchChildren();
  // Of a compiled sample app.
  keepSecret('oauth_secret', process.env['MCP_HMAC_SECRET'] ?? '');
}
