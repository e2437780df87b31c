import type { ServerResponse } from 'node:http';
import { All, Body, Controller, Get, Req, Res } from '@nestjs/common';
import { McpUser, type McpPrincipal } from 'nestjs-mcp-auth';
import { McpEndpoint, type AuthenticatedRequest } from './mcp-endpoint.js';
import { TOOLS } from './notes-server.js';

/** Node's own request and response, or Fastify's wrappers around them. */
type AnyRequest = AuthenticatedRequest | { readonly raw: AuthenticatedRequest };
type AnyResponse = ServerResponse | { readonly raw: ServerResponse; hijack(): unknown };

/** Everything under the MCP path. The library's guard has let the request in, or it would not be here. */
@Controller()
export class McpController {
  constructor(private readonly endpoint: McpEndpoint) {}

  /** The MCP server itself. */
  @All()
  async handle(
    @Req() request: AnyRequest,
    @Res() response: AnyResponse,
    @Body() body: unknown,
    @McpUser() user: McpPrincipal,
  ): Promise<void> {
    // Fastify must not answer as well: the MCP SDK writes to Node's response, for as long as an event stream lasts.
    if ('hijack' in response) response.hijack();
    const raw = {
      request: 'raw' in request ? request.raw : request,
      response: 'raw' in response ? response.raw : response,
    };
    const owner = JSON.stringify([user.userId, user.orgId ?? null]);
    await this.endpoint.handle(raw.request, raw.response, body, owner);
  }

  /** A plain REST route: guarded by where it is, without a line about it. */
  @Get('tools')
  tools(@McpUser() user: McpPrincipal) {
    const tools = Object.entries(TOOLS).map(([name, { scope, description }]) => {
      return { name, description, scope, allowed: user.scopes.includes(scope) };
    });
    return { userId: user.userId, tools };
  }
}
