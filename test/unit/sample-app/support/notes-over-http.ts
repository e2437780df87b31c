import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpToolScopes, TransactionRunner } from 'nestjs-mcp-auth';
import { DataSource } from 'typeorm';
import { sampleEntities } from '../../../../sample-app/database/sample-entities.js';
import { sampleMigrations } from '../../../../sample-app/database/sample-migrations.js';
import { resolveOptions, resolveStaticOptions } from '../../../../lib/config/resolve-options.js';
import { ScopeRegistry } from '../../../../lib/scopes/scope-registry.js';
import { McpEndpoint, type AuthenticatedRequest } from '../../../../sample-app/notes/mcp-endpoint.js';
import { McpSessions } from '../../../../sample-app/notes/mcp-sessions.js';
import { NotesServer } from '../../../../sample-app/notes/notes-server.js';
import { NotesService } from '../../../../sample-app/notes/notes.service.js';
import { SCOPES } from '../../../../sample-app/notes/scopes.js';
import { UsersService } from '../../../../sample-app/users/users.service.js';

/** Who a test acts as; its `token` is `user|org|scope scope`, and is believed. */
export const tokenOf = (userId: string, orgId: string, ...scopes: string[]) => `${userId}|${orgId}|${scopes.join(' ')}`;

export interface NotesOverHttp {
  readonly url: URL;
  readonly sessions: McpSessions;
  readonly endpoint: McpEndpoint;
  close(): Promise<void>;
}

/** The MCP server of the sample app on a plain Node server, behind a door that believes every token and looks at no call. */
export async function notesOverHttp(): Promise<NotesOverHttp> {
  const dataSource = new DataSource({
    type: 'better-sqlite3',
    database: ':memory:',
    entities: sampleEntities,
    migrations: sampleMigrations,
  });
  await dataSource.initialize();
  await dataSource.runMigrations({ transaction: 'none' });
  const notes = new NotesServer(
    new NotesService(dataSource, new TransactionRunner(dataSource)),
    new UsersService(dataSource),
    new McpToolScopes(declaredScopes()),
  );
  const sessions = new McpSessions(notes);
  const endpoint = new McpEndpoint(notes, sessions);
  const server = createServer((request, response) => void serve(endpoint, request as AuthenticatedRequest, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}/mcp`),
    sessions,
    endpoint,
    close: async () => {
      await sessions.onModuleDestroy();
      await endpoint.onModuleDestroy();
      await closed(server);
      await dataSource.destroy();
    },
  };
}

function declaredScopes(): ScopeRegistry {
  const users = { currentUser: () => null, fetchUserData: () => null };
  const given = {
    users,
    oauthSecret: randomBytes(48).toString('base64url'),
    baseUrl: 'https://app.example',
    scopes: SCOPES,
  };
  return new ScopeRegistry(resolveOptions(given, resolveStaticOptions({})));
}

async function serve(
  endpoint: McpEndpoint,
  request: AuthenticatedRequest,
  response: Parameters<McpEndpoint['handle']>[1],
) {
  const [userId = '', orgId = '', scopes = ''] = (request.headers.authorization ?? '')
    .replace('Bearer ', '')
    .split('|');
  const resource = new URL(`http://${request.headers.host}/mcp`);
  const expiresAt = Math.floor(Date.now() / 1000) + 3600;
  request.auth = {
    token: 't',
    clientId: 'c',
    scopes: scopes.split(' '),
    expiresAt,
    resource,
    extra: { userId, orgId },
  };
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  await endpoint.handle(request, response, body, JSON.stringify([userId, orgId]));
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
