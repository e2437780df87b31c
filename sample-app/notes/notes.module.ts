import { Module, type DynamicModule } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import type { Environment } from '../environment.js';
import { UsersModule } from '../users/users.module.js';
import { DocsController } from './docs.controller.js';
import { McpController } from './mcp.controller.js';
import { McpEndpoint } from './mcp-endpoint.js';
import { McpSessions } from './mcp-sessions.js';
import { NotesServer } from './notes-server.js';
import { NotesService } from './notes.service.js';
import { OtherController } from './other.controller.js';

@Module({ controllers: [DocsController] })
class DocsModule {}

@Module({
  imports: [UsersModule],
  controllers: [McpController],
  providers: [NotesService, NotesServer, McpSessions, McpEndpoint],
})
class McpServerModule {}

/** The notes, as an MCP server and as plain routes, at the paths that the environment chose. */
@Module({ controllers: [OtherController] })
export class NotesModule {
  static at({ mcpServerPath, mcpDocsUrl }: Environment): DynamicModule {
    const routes = [{ path: mcpServerPath, module: McpServerModule }];
    // Documentation that is published elsewhere is no route of ours.
    const docs = mcpDocsUrl.startsWith('/') ? [{ path: mcpDocsUrl, module: DocsModule }] : [];
    const modules = [...docs, ...routes];
    return { module: NotesModule, imports: [...modules.map(({ module }) => module), RouterModule.register(modules)] };
  }
}
