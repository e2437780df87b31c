import { Injectable } from '@nestjs/common';
import { McpServer, type CallToolResult, type ServerContext } from '@modelcontextprotocol/server';
import { McpToolScopes, type DeclaredTools } from 'nestjs-mcp-auth';
import { z } from 'zod';
import { UsersService } from '../users/users.service.js';
import { NotesService } from './notes.service.js';
import type { NotesScope } from './scopes.js';

/** What every tool is, and the scope that a token must have to call it. Also the list that `GET /mcp/tools` answers. */
export const TOOLS = {
  whoami: { scope: 'mcp:read', title: 'Who am I', description: 'The person and organisation this connection acts for' },
  list_notes: { scope: 'mcp:read', title: 'List notes', description: "The organisation's latest notes" },
  create_note: { scope: 'mcp:write', title: 'Create a note', description: 'Adds a note to the organisation' },
  purge_notes: { scope: 'mcp:admin', title: 'Purge notes', description: "Deletes the organisation's notes" },
} as const satisfies Record<string, { scope: NotesScope; title: string; description: string }>;

const plainText = (longest: number) =>
  z
    .string()
    .max(longest)
    // PostgreSQL stores no NUL, and the rest has no business in a note.
    .refine((text) => !/[^\P{Cc}\t\r\n]|\p{Cs}/u.test(text), 'must not contain control characters');

const title = plainText(200).refine((text) => text.trim() !== '', 'must not be blank');

/** Makes MCP servers: one per session in the 2025 protocol, one per request in the 2026 one. */
@Injectable()
export class NotesServer {
  private readonly tools: DeclaredTools;

  constructor(
    private readonly notes: NotesService,
    private readonly users: UsersService,
    scopes: McpToolScopes,
  ) {
    this.tools = scopes.declare(Object.fromEntries(Object.entries(TOOLS).map(([name, { scope }]) => [name, [scope]])));
  }

  create(): McpServer {
    const server = new McpServer({ name: 'notes', title: 'Notes', version: '1.0.0' });
    server.registerTool('whoami', describe('whoami', { readOnlyHint: true }), (context) => this.whoami(context));
    server.registerTool(
      'list_notes',
      {
        ...describe('list_notes', { readOnlyHint: true }),
        inputSchema: z.object({ limit: z.number().int().min(1).max(100).default(20) }),
      },
      async ({ limit }, context) => answer({ notes: await this.notes.list(caller(context).organisationId, limit) }),
    );
    server.registerTool(
      'create_note',
      { ...describe('create_note', {}), inputSchema: z.object({ title, body: plainText(10_000).default('') }) },
      async (text, context) => {
        const { organisationId, userId } = caller(context);
        return answer({ note: await this.notes.create(organisationId, userId, text) });
      },
    );
    server.registerTool(
      'purge_notes',
      {
        ...describe('purge_notes', { destructiveHint: true }),
        inputSchema: z.object({
          ids: z.array(z.uuid()).min(1).max(100).optional().describe('Only these; all when left out'),
        }),
      },
      async ({ ids }, context) => answer({ deleted: await this.notes.purge(caller(context).organisationId, ids) }),
    );
    // A client that may not purge is told so when it tries, and asks its user; it has to know the tool for that.
    return this.tools.guard(server, { listAll: true });
  }

  private async whoami(context: ServerContext): Promise<CallToolResult> {
    const { userId, organisationId, clientId, scopes } = caller(context);
    const [user, membership] = [await this.users.find(userId), await this.users.membership(userId, organisationId)];
    return answer({
      userId,
      email: user?.email ?? null,
      name: user?.name ?? null,
      organisation: { id: organisationId, name: membership?.organisationName ?? null },
      clientId,
      scopes,
    });
  }
}

function describe(name: keyof typeof TOOLS, annotations: { readOnlyHint?: boolean; destructiveHint?: boolean }) {
  const { title, description } = TOOLS[name];
  return { title, description, annotations };
}

/** Whom the token speaks for. The library put it on the request; nothing in the call's arguments can change it. */
function caller(context: ServerContext) {
  const auth = context.http?.authInfo;
  const { userId, orgId } = auth?.extra ?? {};
  if (auth === undefined || typeof userId !== 'string' || typeof orgId !== 'string') {
    throw new Error('This connection acts for nobody in an organisation');
  }
  return { userId, organisationId: orgId, clientId: auth.clientId, scopes: auth.scopes };
}

function answer(value: Record<string, unknown>): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(value, null, 2) }], structuredContent: value };
}
