/** Options that shape routes and providers: known before the options factory runs, given to `forRoot` and `forRootAsync` alike. */
export interface McpAuthStaticOptions {
  /**
   * Public path of the MCP server, global prefix and version included.
   * @default '/mcp'
   */
  readonly mcpServerPath?: string;
  /**
   * Path prefix of the OAuth endpoints.
   * @default '/oauth'
   */
  readonly endpointPrefix?: string;
  /**
   * Name of the TypeORM data source that holds the tables.
   * @default 'default'
   */
  readonly dataSource?: string;
  /**
   * Protect the MCP path by the module's global guard and edge. With `false`, put `McpAuthGuard` or `McpAuthMiddleware` on your own routes;
   * the decorators (`@McpProtected()` and the like) keep working.
   * @default true
   */
  readonly guard?: boolean;
  /**
   * Make the module's services injectable everywhere.
   * @default true
   */
  readonly isGlobal?: boolean;
}
