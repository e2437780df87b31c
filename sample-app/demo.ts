import { ExchangeLog } from './demo/exchange-log.js';
import { Walk } from './demo/walk.js';

const BASE_URL = process.env['MCP_BASE_URL'] ?? 'http://127.0.0.1:3000';
const MCP_PATH = process.env['MCP_SERVER_PATH'] ?? '/mcp';

const log = new ExchangeLog((line) => process.stdout.write(`${line}\n`));

function explain(error: unknown): string {
  if (log.unreachable !== undefined) {
    return `Nothing answers at ${log.unreachable}. Start the sample app first (npm start), or name its address in MCP_BASE_URL.`;
  }
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

async function demo(): Promise<void> {
  if (!URL.canParse(MCP_PATH, BASE_URL)) throw new Error(`MCP_BASE_URL is no address: ${BASE_URL}`);
  await new Walk(new URL(MCP_PATH, BASE_URL), log).all();
}

demo().then(
  () =>
    process.stdout.write(
      '\nDone: discovered, registered, logged in, agreed, called tools, got more, refreshed, revoked.\n',
    ),
  (error: unknown) => {
    process.stderr.write(`\nThe demo failed at "${log.current}".\n${explain(error)}\n`);
    process.exitCode = 1;
  },
);
