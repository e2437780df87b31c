import type { Page } from 'playwright-core';
import { freePort, visitCallback } from '../support/local-callback.js';
import type { SamplePerson } from '../support/sample-person.js';
import { decide, signIn } from '../support/sample-visit.js';
import { ClientHome } from './client-home.js';
import { ClientProcess } from './client-process.js';
import { clientFile } from './installation.js';

const LAUNCHER = 'inspector-2/clients/launcher/build/index.js';
/** No keyring of the operating system. */
const SECRETS = { MCP_INSPECTOR_SECRET_STORE: 'file' };

/** One call of the command line of Inspector 2. */
export class InspectorCommand {
  private constructor(private readonly process: ClientProcess) {}

  /** @param args `--method` and what belongs to it */
  static async run(home: ClientHome, mcpUrl: URL, args: readonly string[]): Promise<InspectorCommand> {
    const callback = `http://127.0.0.1:${await freePort()}/oauth/callback`;
    const output = ['--format', 'json', '--connect-timeout', '100000', '--callback-url', callback];
    const flags = ['--cli', mcpUrl.href, '--transport', 'http', ...output];
    // Without a terminal it logs in only when it may open a browser.
    const environment = home.environment({ ...SECRETS, MCP_AUTO_OPEN_ENABLED: 'true' });
    return new InspectorCommand(new ClientProcess(clientFile(LAUNCHER), [...flags, ...args], environment));
  }

  /** Waits until the command asks for a login, and goes through it. */
  async logIn(person: SamplePerson): Promise<void> {
    const url = await this.process.transcript.find(/navigate to:\s+(http\S+)/g);
    const page = await visitCallback(await person.authorize(url));
    if (page.status !== 200) throw new Error(`The callback says ${page.status}: ${await page.text()}`);
  }

  get askedForLogin(): boolean {
    return this.process.transcript.text.includes('navigate to:');
  }

  /** The `result` that it prints when it ends well. */
  async result(): Promise<Record<string, unknown>> {
    const status = await this.process.exitCode();
    if (status !== 0) throw new Error(`status ${status}: ${this.process.transcript.text}`);
    return (JSON.parse(this.process.stdout) as { result: Record<string, unknown> }).result;
  }

  stop(): Promise<void> {
    return this.process.stop();
  }
}

/** The web client of Inspector 2. Its OAuth client is a process; the page only goes where that says, and back. */
export class InspectorTwo {
  private constructor(
    private readonly home: ClientHome,
    private readonly process: ClientProcess,
    private readonly url: string,
  ) {}

  static async start(mcpUrl: URL): Promise<InspectorTwo> {
    const [home, port, sandboxPort] = await Promise.all([ClientHome.create(), freePort(), freePort()]);
    const environment = home.environment({
      ...SECRETS,
      CLIENT_PORT: String(port),
      MCP_SANDBOX_PORT: String(sandboxPort),
      MCP_AUTO_OPEN_ENABLED: 'false',
    });
    const args = ['--web', '--server-url', mcpUrl.href, '--transport', 'http'];
    const inspector = new ClientProcess(clientFile(LAUNCHER), args, environment);
    const url = await inspector.transcript.find(/(http:\/\/\S+MCP_INSPECTOR_API_TOKEN=\S+)/g);
    return new InspectorTwo(home, inspector, url);
  }

  /** Connect, login and consent; afterwards the browser is on its way back. */
  async logIn(page: Page): Promise<void> {
    await page.goto(this.url);
    // The real check box lies under what is drawn.
    await page.getByRole('switch', { name: /^Connect or disconnect/ }).click({ force: true });
    await signIn(page);
    await decide(page, 'Allow');
  }

  /** Tools, Who am I, Execute: what the page shows of the answer. */
  async askWhoIAm(page: Page): Promise<string> {
    await page.getByRole('radiogroup').getByText('Tools', { exact: true }).click();
    await page.getByRole('button', { name: 'Who am I' }).click();
    await page.getByRole('button', { name: 'Execute Tool' }).click();
    await page.getByText('"user-ada"').first().waitFor();
    return page.getByRole('main').innerText();
  }

  async stop(): Promise<void> {
    await this.process.stop();
    await this.home.remove();
  }
}
