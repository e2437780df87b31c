import { Controller, Get, Inject } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ENVIRONMENT, type Environment } from '../environment.js';
import { publicOrigin } from '../public-origin.js';
import { TOOLS } from './notes-server.js';
import { SCOPES } from './scopes.js';

/** Documentation of the MCP server. It lies under the MCP path, and is open because it is the `mcpDocsUrl`. */
@Controller()
export class DocsController {
  constructor(
    @Inject(ENVIRONMENT) private readonly environment: Environment,
    private readonly host: HttpAdapterHost,
  ) {}

  @Get()
  describe() {
    const server: unknown = this.host.httpAdapter.getHttpServer();
    return {
      name: 'Notes',
      endpoint: `${publicOrigin(this.environment, server)}${this.environment.mcpServerPath}`,
      transport: 'Streamable HTTP',
      authorization: 'OAuth 2.1; clients find the way by themselves',
      scopes: SCOPES,
      tools: TOOLS,
    };
  }
}
