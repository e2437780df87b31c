import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { toNodeHandler, toWebRequest } from '@modelcontextprotocol/node';
import { createMcpHandler, isJsonContentType, isLegacyRequest, type AuthInfo } from '@modelcontextprotocol/server';
import { McpSessions, type McpSession } from './mcp-sessions.js';
import { NotesServer } from './notes-server.js';

/** A request as Node's server gives it, with what the library knows about its token. */
export type AuthenticatedRequest = IncomingMessage & { method: string; url: string; auth?: AuthInfo };

/**
 * The MCP server on HTTP, for both protocols in use: 2026-07-28, where each request stands for itself, and 2025-11-25 and
 * older, where a client opens a session first. Who calls has been settled before; this only hands the request to the SDK.
 */
@Injectable()
export class McpEndpoint implements OnModuleDestroy {
  private readonly logger = new Logger('McpEndpoint');
  private readonly modern;
  private readonly handleModern;

  constructor(
    servers: NotesServer,
    private readonly sessions: McpSessions,
  ) {
    this.modern = createMcpHandler(() => servers.create(), { legacy: 'reject' });
    const onerror = (error: Error) => this.logger.error(error.message, error.stack);
    this.handleModern = toNodeHandler(this.modern, { onerror });
  }

  /**
   * @param body what the body parser made of it
   * @param owner whom a session belongs to
   */
  async handle(request: AuthenticatedRequest, response: ServerResponse, body: unknown, owner: string): Promise<void> {
    const isPost = request.method === 'POST';
    if (isPost && !isJsonContentType(request.headers['content-type'] ?? null)) {
      return refuse(response, 415, -32_000, 'Content-Type must be application/json');
    }
    // The parser has read the stream, so that a body it left out is an empty one.
    const parsed = isPost ? (body ?? null) : undefined;
    if (!(await isLegacyRequest(await toWebRequest(request, parsed), parsed))) {
      return this.handleModern(request, response, parsed);
    }
    const session = await this.sessionFor(request, response, parsed, owner);
    if (session !== undefined) await this.handleInSession(session, request, response, parsed);
  }

  async onModuleDestroy(): Promise<void> {
    await this.modern.close();
  }

  private async sessionFor(request: IncomingMessage, response: ServerResponse, body: unknown, owner: string) {
    const id = request.headers['mcp-session-id'];
    if (typeof id === 'string') {
      const session = this.sessions.find(id, owner);
      // Somebody else's session does not exist, as far as this user can tell.
      if (session === undefined) refuse(response, 404, -32_001, 'Session not found');
      return session;
    }
    if (isInitialize(body)) return this.sessions.open(owner);
    if (request.method === 'POST') refuse(response, 400, -32_000, 'Initialize a session first');
    else refuse(response, 405, -32_000, 'Only a session has a stream, or an end', { allow: 'POST' });
    return undefined;
  }

  private async handleInSession(
    session: McpSession,
    request: AuthenticatedRequest,
    response: ServerResponse,
    body: unknown,
  ) {
    session.busy++;
    session.lastUsed = Date.now();
    response.once('close', () => {
      session.busy--;
      session.lastUsed = Date.now();
    });
    await session.transport.handleRequest(request, response, body);
    // Refused before it began: nobody knows its id, so nobody will ever end it.
    if (session.transport.sessionId === undefined) this.sessions.close(session);
  }
}

function isInitialize(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'method' in body && body.method === 'initialize';
}

function refuse(
  response: ServerResponse,
  status: number,
  code: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ jsonrpc: '2.0', error: { code, message }, id: null }));
}
