import { CreateMcpAuthTables1795500000000 } from './migrations/1795500000000-create-mcp-auth-tables.js';

/** The library's migrations, oldest first. A host may spread them into the `migrations` of its DataSource. */
export const mcpAuthMigrations = [CreateMcpAuthTables1795500000000];
