import type { ClientProfile } from './client-profile.js';
import { CLAUDE_AI, CLAUDE_CODE } from './profiles/anthropic.js';
import { CURSOR, VSCODE } from './profiles/editors.js';
import { AI_SDK, NANGO, OAUTH4WEBAPI, REVISION_2025_03 } from './profiles/libraries.js';
import { CHATGPT, CODEX } from './profiles/openai.js';
import { INSPECTOR_CURRENT, INSPECTOR_OLD, MCP_REMOTE_CURRENT, MCP_REMOTE_OLD } from './profiles/tools.js';
import { SimulatedClient } from './simulated-client.js';

const PROFILES = {
  'ai-sdk': AI_SDK,
  chatgpt: CHATGPT,
  'claude-ai': CLAUDE_AI,
  'claude-code': CLAUDE_CODE,
  codex: CODEX,
  cursor: CURSOR,
  inspector: INSPECTOR_CURRENT,
  'inspector-1': INSPECTOR_OLD,
  'mcp-remote': MCP_REMOTE_CURRENT,
  'mcp-remote-0.1': MCP_REMOTE_OLD,
  nango: NANGO,
  oauth4webapi: OAUTH4WEBAPI,
  'revision-2025-03': REVISION_2025_03,
  vscode: VSCODE,
} as const satisfies Readonly<Record<string, ClientProfile>>;

/** A client of the field that can be simulated. */
export type SimulatedClientName = keyof typeof PROFILES;

/** Every client that can be simulated. */
export const simulatedClients: readonly SimulatedClientName[] = Object.keys(PROFILES) as SimulatedClientName[];

/** A client of the field, for the tests of a server: what it sends, what it insists on, and `connect()`, which goes the whole way. */
export function simulateClient(name: SimulatedClientName): SimulatedClient {
  return new SimulatedClient(PROFILES[name]);
}
