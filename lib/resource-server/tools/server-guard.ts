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
  readonly error?: unknown;
}

interface Extra {
  readonly authInfo?: { readonly scopes?: readonly string[] };
}

/** The transports of the SDKs, as far as both generations agree. */
interface Transport {
  onmessage?: ((message: Message, extra?: Extra) => void) | undefined;
  start(): Promise<void>;
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
  inner.connect = async (transport) => {
    const start = transport.start.bind(transport);
    const restore = (): void => void (transport.start = start);
    // Both SDKs have taken hold of a transport when they start it, and some transports deliver what has waited before that returns.
    transport.start = () => {
      restore();
      guardTransport(transport, policy);
      return start();
    };
    await connect(transport).finally(restore);
  };
}

function guardTransport(transport: Transport, policy: ToolPolicy): void {
  const receive = transport.onmessage;
  const send = transport.send.bind(transport);
  const requests = new OpenRequests();
  transport.onmessage = (message, extra) => {
    const granted = extra?.authInfo?.scopes ?? [];
    const missing = missingScopes(message, granted, policy);
    if (missing.length > 0) return refuse(message, missing, send);
    requests.note(message, granted);
    receive?.(message, extra);
  };
  transport.send = (message, options) => {
    const granted = isAnswer(message) ? requests.take(message.id) : undefined;
    const tools = message.result?.tools;
    if (granted === undefined || !Array.isArray(tools)) return send(message, options);
    const visible = tools.filter((tool: { name?: unknown }) => policy.lists(String(tool.name), granted));
    return send({ ...message, result: { ...message.result, tools: visible } }, options);
  };
}

function isAnswer({ method, result, error }: Message): boolean {
  return method === undefined && (result !== undefined || error !== undefined);
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

interface OpenRequest {
  /** For whom tools are being listed; undefined for every other method. */
  readonly granted: readonly string[] | undefined;
  readonly open: number;
}

/** What has not been answered, by id. Whoever reuses an id that is open sees what needs no scope. */
class OpenRequests {
  private readonly requests = new Map<RequestId, OpenRequest>();

  note({ id, method, params }: Message, granted: readonly string[]): void {
    if (method === 'notifications/cancelled') this.take(params?.requestId as RequestId);
    if (method === undefined || id === undefined) return;
    const open = this.requests.get(id)?.open ?? 0;
    const lists = method === 'tools/list' ? granted : undefined;
    this.requests.set(id, { granted: open > 0 ? [] : lists, open: open + 1 });
  }

  /** For whom an answer is filtered: nobody in particular, where it answers nothing that is known. */
  take(id: RequestId | undefined): readonly string[] | undefined {
    const request = id === undefined ? undefined : this.requests.get(id);
    if (id === undefined || !request) return [];
    if (request.open > 1) this.requests.set(id, { ...request, open: request.open - 1 });
    else this.requests.delete(id);
    return request.granted;
  }
}
