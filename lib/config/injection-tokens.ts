/** Options with defaults applied: `ResolvedMcpAuthOptions`. */
export const RESOLVED_OPTIONS = Symbol('nestjs-mcp-auth:resolved-options');
