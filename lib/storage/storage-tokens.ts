/** The host's TypeORM DataSource that holds the library's tables, whatever name the host gave it. */
export const MCP_AUTH_DATA_SOURCE: unique symbol = Symbol('MCP_AUTH_DATA_SOURCE');
