import { randomInt } from 'node:crypto';
import type { FirstRequest, FoundScopes } from '../client-profile.js';

const ACCEPT = { accept: 'application/json, text/event-stream' };

/** What most clients send first: `initialize` of a revision with sessions. */
export const POST_INITIALIZE: FirstRequest = {
  method: 'POST',
  headers: { ...ACCEPT, 'content-type': 'application/json' },
  body: JSON.stringify({
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'simulated-client', version: '1.0.0' },
    },
  }),
};

/** Begins with an event stream. */
export const GET_STREAM: FirstRequest = { method: 'GET', headers: ACCEPT };

/** A registration of a client without a secret, as most are. */
export const PUBLIC = {
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
};

/** A port that was free that day. */
export const anyPort = (): number => randomInt(49_152, 65_536);

/** What was found, and a refresh token in so many words: the MCP SDKs from 2.0 on, and those made with them. */
export function withOfflineAccess({ challenge, resource }: FoundScopes): string {
  return [...new Set([...(challenge?.split(' ') ?? resource ?? []), 'offline_access'])].join(' ');
}

/** What the TypeScript SDK insists on, and whatever is built with it: answers are parsed by schemas that know no null. */
export const SDK_DEMANDS = { noNulls: true, echo: ['redirect_uris'], errorCodes: true } as const;
