/**
 * The tools that a JSON-RPC message or batch calls (MCP `tools/call`), notifications among them, each once, as they are named. Never throws:
 * what is no call, or names no tool, is the MCP server's to refuse.
 */
export function calledTools(body: unknown): readonly string[] {
  const messages: readonly unknown[] = Array.isArray(body) ? body : [body];
  return [...new Set(messages.flatMap(calledTool))];
}

function calledTool(message: unknown): readonly string[] {
  const { method, params } = members(message);
  if (method !== 'tools/call') return [];
  const { name } = members(params);
  return typeof name === 'string' ? [name] : [];
}

function members(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
