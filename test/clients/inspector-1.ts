import type { Page } from 'playwright-core';
import { freePort } from '../support/local-callback.js';
import { decide, signIn } from '../support/sample-visit.js';
import { ClientHome } from './client-home.js';
import { ClientProcess } from './client-process.js';
import { clientFile } from './installation.js';

/** Who talks to the MCP server: the page, or the Inspector's own proxy. */
export type ConnectionType = 'Direct' | 'Via Proxy';

/** Inspector 1. Its OAuth client runs in the page: what a browser would block does not work. */
export class InspectorOne {
  private constructor(
    private readonly home: ClientHome,
    private readonly process: ClientProcess,
    private readonly url: string,
    private readonly proxyOrigin: string,
  ) {}

  static async start(): Promise<InspectorOne> {
    const [home, clientPort, serverPort] = await Promise.all([ClientHome.create(), freePort(), freePort()]);
    const environment = home.environment({
      CLIENT_PORT: String(clientPort),
      SERVER_PORT: String(serverPort),
      MCP_AUTO_OPEN_ENABLED: 'false',
    });
    const inspector = new ClientProcess(clientFile('inspector-1/client/bin/start.js'), [], environment);
    await inspector.transcript.find(/Proxy server listening/g);
    const url = await inspector.transcript.find(/up and running at:\s+(\S+)/g);
    return new InspectorOne(home, inspector, url, `http://localhost:${serverPort}`);
  }

  /**
   * What a person does: Connect, login, consent, Tools, Who am I, Run.
   *
   * @returns what the page shows of the answer
   * @throws when the page gives up: `Connection Error`
   */
  async askWhoIAm(page: Page, mcpUrl: URL, type: ConnectionType): Promise<string> {
    const gaveUp = page.getByText('Connection Error').waitFor({ timeout: 0 });
    return Promise.race([
      this.connect(page, mcpUrl, type).then(() => ask(page)),
      gaveUp.then(() => Promise.reject(new Error('The page says: Connection Error'))),
    ]);
  }

  async stop(): Promise<void> {
    await this.process.stop();
    await this.home.remove();
  }

  private async connect(page: Page, mcpUrl: URL, type: ConnectionType): Promise<void> {
    const url = new URL(this.url);
    url.searchParams.set('transport', 'streamable-http');
    url.searchParams.set('serverUrl', mcpUrl.href);
    // The port in the first address is forgotten on the way through the login; this is not.
    url.searchParams.set('MCP_PROXY_FULL_ADDRESS', this.proxyOrigin);
    await page.goto(url.href);
    await page.getByLabel('Connection Type').click();
    await page.getByRole('option', { name: type }).click();
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await signIn(page);
    await decide(page, 'Allow');
  }
}

/** It has its tokens by then, but on a busy machine it sometimes forgets for which connection, and says what to do. */
async function connected(page: Page): Promise<void> {
  const reconnect = page.getByRole('button', { name: 'Connect', exact: true });
  await Promise.race([
    page.getByRole('tab', { name: 'Tools' }).waitFor(),
    page
      .getByText('Connect again from the sidebar')
      .first()
      .waitFor()
      .then(() => reconnect.click()),
  ]);
}

async function ask(page: Page): Promise<string> {
  await connected(page);
  await page.getByRole('tab', { name: 'Tools' }).click();
  await page.getByRole('button', { name: 'List Tools' }).click();
  await page.getByText('Who am I', { exact: true }).click();
  await page.getByRole('button', { name: 'Run Tool' }).click();
  await page.getByText('Tool Result: Success').waitFor();
  return page.getByRole('tabpanel', { name: 'Tools' }).innerText();
}
