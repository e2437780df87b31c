/** A tool call of the revision 2026-07-28 as it goes over the wire: for OAuth clients that know nothing of MCP. */
export interface ToolCall {
  readonly headers: Record<string, string>;
  readonly body: string;
}

const REVISION = '2026-07-28';

export function toolCall(name: string, args: Record<string, unknown> = {}): ToolCall {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': REVISION,
    'io.modelcontextprotocol/clientInfo': { name: 'suite', version: '1.0.0' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  return {
    headers: {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-protocol-version': REVISION,
      'mcp-method': 'tools/call',
      'mcp-name': name,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name, arguments: args, _meta: meta },
    }),
  };
}

/** The structured result, whether the server answered with JSON or with one event. */
export async function toolResult(response: Response): Promise<unknown> {
  const text = await response.text();
  const json = response.headers.get('content-type')?.startsWith('text/event-stream')
    ? (/^data: (.+)$/m.exec(text)?.[1] ?? '')
    : text;
  const { result } = JSON.parse(json) as { readonly result?: { readonly structuredContent?: unknown } };
  if (!result) throw new Error(`no result: ${response.status} ${text}`);
  return result.structuredContent;
}
