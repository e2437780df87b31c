import { McpAuthConfigurationError } from '../../config/mcp-auth-configuration-error.js';

/** What is needed of a server of the MCP SDKs: `Server`, or `McpServer`, which has one. */
export interface GuardableServer {
  connect(transport: never): Promise<void>;
  readonly server?: unknown;
}

/** What a token may do with tools. */
export interface ToolPolicy {
  /** All scopes of a tool when the granted ones do not suffice, else none. */
  missing(tool: string, granted: readonly string[]): readonly string[];
  lists(tool: string, granted: readonly string[]): boolean;
}

type RequestId = string | number;

interface Message {
  readonly id?: RequestId;
  readonly method?: unknown;
  readonly params?: { readonly name?: unknown; readonly requestId?: unknown };
  readonly result?: { readonly tools?: unknown };
}

interface Extra {
  readonly authInfo?: { readonly scopes?: readonly string[] };
}

/** The transports of the SDKs, as far as both generations agree. */
interface Transport {
  onmessage?: ((message: Message, extra?: Extra) => void) | undefined;
  send(message: Message, options?: unknown): Promise<void>;
}

/** JSON-RPC "Invalid Request"; the HTTP check, which clients understand, came first wherever it could. */
const INVALID_REQUEST = -32_600;

/** Names of an `McpServer`'s tools; undefined for a server that keeps no such list. */
export function registeredTools(server: GuardableServer): readonly string[] | undefined {
  const tools: unknown = Reflect.get(server, '_registeredTools');
  return typeof tools === 'object' && tools !== null ? Object.keys(tools) : undefined;
}

/** Puts a policy between a server and every transport that it connects to: what is between them is the same in all SDKs. */
export function guardServer(server: GuardableServer, policy: ToolPolicy): void {
  const inner = (server.server ?? server) as { connect(transport: Transport): Promise<void>; transport?: unknown };
  if (inner.transport !== undefined) {
    throw new McpAuthConfigurationError('The MCP server is connected already; guard() it before connect()');
  }
  const connect = inner.connect.bind(inner);
  inner.connect = (transport) => {
    // Both SDKs take hold of the transport before they wait for anything, and no message comes in between.
    const connected = connect(transport);
    guardTransport(transport, policy);
    return connected;
  };
}

function guardTransport(transport: Transport, policy: ToolPolicy): void {
  const receive = transport.onmessage;
  const send = transport.send.bind(transport);
  const lists = new PendingLists();
  transport.onmessage = (message, extra) => {
    const granted = extra?.authInfo?.scopes ?? [];
    const missing = missingScopes(message, granted, policy);
    if (missing.length > 0) return refuse(message, missing, send);
    lists.note(message, granted);
    receive?.(message, extra);
  };
  transport.send = (message, options) => {
    const tools = message.result?.tools;
    if (!Array.isArray(tools)) return send(message, options);
    const granted = lists.take(message.id);
    const visible = tools.filter((tool: { name?: unknown }) => policy.lists(String(tool.name), granted));
    return send({ ...message, result: { ...message.result, tools: visible } }, options);
  };
}

function missingScopes({ method, params }: Message, granted: readonly string[], policy: ToolPolicy): readonly string[] {
  const isCall = method === 'tools/call' && typeof params?.name === 'string';
  return isCall ? policy.missing(params.name as string, granted) : [];
}

/** A notification gets no answer. */
function refuse({ id }: Message, missing: readonly string[], send: Transport['send']): void {
  if (id === undefined) return;
  const error = {
    code: INVALID_REQUEST,
    message: 'The access token lacks a scope for this tool',
    data: { error: 'insufficient_scope', scope: missing.join(' ') },
  };
  // A client that has gone needs no answer.
  send({ jsonrpc: '2.0', id, error } as Message).catch(() => undefined);
}

/** For whom the tools are being listed, by the id of the request. Whoever reuses an id that is open sees what needs no scope. */
class PendingLists {
  private readonly granted = new Map<RequestId, readonly string[]>();

  note({ id, method, params }: Message, granted: readonly string[]): void {
    if (method === 'tools/list' && id !== undefined) this.granted.set(id, this.granted.has(id) ? [] : granted);
    if (method === 'notifications/cancelled') this.granted.delete(params?.requestId as RequestId);
  }

  take(id: RequestId | undefined): readonly string[] {
    const granted = id === undefined ? undefined : this.granted.get(id);
    if (id !== undefined) this.granted.delete(id);
    return granted ?? [];
  }
}
