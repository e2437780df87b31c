/** Options with defaults applied: `ResolvedMcpAuthOptions`. */
export const RESOLVED_OPTIONS = Symbol('nestjs-mcp-auth:resolved-options');
/** The host's `McpUserAdapter`. */
export const USER_ADAPTER = Symbol('nestjs-mcp-auth:user-adapter');
