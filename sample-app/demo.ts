import { auth, Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { CALLBACK, DemoClient } from './demo/demo-client.js';
import { ExchangeLog } from './demo/exchange-log.js';
import { TerminalBrowser } from './demo/terminal-browser.js';
import { DEMO_ACCOUNTS } from './demo-accounts.js';

const BASE_URL = process.env['MCP_BASE_URL'] ?? 'http://127.0.0.1:3000';
const MCP_URL = new URL(process.env['MCP_SERVER_PATH'] ?? '/mcp', BASE_URL);
const ADA = DEMO_ACCOUNTS[0];

const log = new ExchangeLog((line) => process.stdout.write(`${line}\n`));
const provider = new DemoClient();
const browser = new TerminalBrowser(log, CALLBACK);

/** A real MCP client goes all the way: from an address to tools, and on to fresh tokens. */
async function demo(): Promise<void> {
  log.note(`A client that knows nothing but ${MCP_URL.href}`);
  log.step('Discover');
  const first = newTransport();
  await expectToBeSentToLogIn(() => newClient().connect(first));
  await authorizeInBrowser(first);

  log.step('Call tools');
  const client = newClient();
  const transport = newTransport();
  await client.connect(transport);
  await callTool(client, 'whoami');
  const noteId = await createNote(client);
  await callTool(client, 'list_notes', { limit: 3 });

  log.step('Ask for more than was granted (mcp:admin)');
  await expectToBeSentToLogIn(() => callTool(client, 'purge_notes', { ids: [noteId] }));
  await authorizeInBrowser(transport);
  log.step('Call the tool again');
  await callTool(client, 'purge_notes', { ids: [noteId] });

  log.step('Refresh');
  const before = provider.tokens()?.refresh_token;
  await auth(provider, { serverUrl: MCP_URL, fetchFn: log.fetch });
  if (provider.tokens()?.refresh_token === before) throw new Error('The refresh token was not rotated');
  log.step('Call a tool with the new token');
  await callTool(client, 'whoami');
  await client.close();
}

function newClient(): Client {
  return new Client({ name: 'demo', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } });
}

function newTransport(): StreamableHTTPClientTransport {
  return new StreamableHTTPClientTransport(MCP_URL, { authProvider: provider, fetch: log.fetch });
}

/** The client library stops with an error where a person has to act; the address to open is with the provider then. */
async function expectToBeSentToLogIn(attempt: () => Promise<unknown>): Promise<void> {
  const error = await attempt().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error === undefined) throw new Error('The server let the client in without asking anybody');
  if (!(error instanceof Error) || error.name !== 'UnauthorizedError') throw error;
}

/** What the person does in their browser: sign in if need be, read the consent page, agree. */
async function authorizeInBrowser(transport: StreamableHTTPClientTransport): Promise<void> {
  if (ADA === undefined) throw new Error('There is no demo account');
  log.step('Open the browser');
  let page = await browser.open(provider.takeAuthorizationUrl());
  if (page.html.includes('name="password"')) {
    log.step(`Log in as ${ADA.email}`);
    page = await browser.submit(page, { email: ADA.email, password: ADA.password });
    if (page.html.includes('name="password"')) throw new Error('The login was refused');
  }
  log.step('Consent');
  if (page.html !== '') page = await browser.submit(page, { approved: 'true' });
  log.note(`the browser goes back to the client: ${page.url.origin}${page.url.pathname}?code=…`);
  await transport.finishAuth(provider.readCallback(page.url));
}

async function callTool(client: Client, name: string, args: Record<string, unknown> = {}) {
  const result = await client.callTool({ name, arguments: args });
  if (result.isError === true) throw new Error(`The tool ${name} failed: ${JSON.stringify(result.content)}`);
  log.note(`${name}: ${JSON.stringify(result.structuredContent)}`);
  return result;
}

async function createNote(client: Client): Promise<string> {
  const note = { title: 'Hello from the demo', body: 'Written by an MCP client.' };
  const { structuredContent } = await callTool(client, 'create_note', note);
  const { note: created } = structuredContent as { readonly note: { readonly id: string } };
  return created.id;
}

function explain(error: unknown): string {
  const { cause } = error instanceof Error ? error : {};
  if (cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED') {
    return `Nothing listens at ${BASE_URL}. Start the sample app first (npm start), or name its address in MCP_BASE_URL.`;
  }
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

demo().then(
  () => process.stdout.write('\nDone: discovered, registered, logged in, agreed, called tools, got more, refreshed.\n'),
  (error: unknown) => {
    process.stderr.write(`\nThe demo failed at "${log.current}".\n${explain(error)}\n`);
    process.exitCode = 1;
  },
);
