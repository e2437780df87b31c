import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { McpAuthConfigurationError } from '../../config/mcp-auth-configuration-error.js';
import { headerValues } from '../../http/http-request.js';
import { peekBody } from '../../http/peek-body.js';
import type { RequestBody } from '../../http/request-body.js';
import { calledTools } from '../../protocol/called-tools.js';
import { InvalidRequestError } from '../../protocol/oauth-errors.js';
import { rawRequest } from '../mcp-principal.js';
import { McpToolScopes } from './mcp-tool-scopes.js';

interface WithBody {
  readonly body?: unknown;
}

/** Finds the calls in a request before the MCP server does: the body is the value that the server will be given, whoever parsed it. */
@Injectable()
export class ToolCalls {
  /** What was found in bodies that no parser had read, once per request. */
  private readonly peeked = new WeakMap<IncomingMessage, Promise<unknown>>();

  constructor(private readonly tools: McpToolScopes) {}

  /**
   * All scopes of all tools that a request calls. Throws `InvalidRequestError` for a JSON body that nobody can read, and
   * `McpAuthConfigurationError` for one that somebody has read and kept elsewhere.
   */
  async scopesOf(request: unknown): Promise<readonly string[]> {
    if (!this.tools.inUse) return [];
    const bodies = await this.bodiesOf(request);
    return [...new Set(bodies.flatMap(calledTools).flatMap((tool) => this.tools.of(tool)))];
  }

  /** Fastify has a request of its own, and a middleware may have left a body on Node's. */
  private async bodiesOf(request: unknown): Promise<readonly unknown[]> {
    const message = rawRequest(request);
    const bodies = [(request as WithBody).body, (message as WithBody).body];
    if (isForMcpServers(message)) bodies.push(await this.unparsed(message, bodies));
    return bodies.map(parsedText);
  }

  private unparsed(message: IncomingMessage, bodies: readonly unknown[]): unknown {
    const known = this.peeked.get(message);
    if (known || (message.readableDidRead && bodies.some((body) => body !== undefined))) return known;
    if (message.readableDidRead) throw lost();
    const peeked = peekBody(message).then(parsed);
    this.peeked.set(message, peeked);
    return peeked;
  }
}

/** Bodies that some MCP SDK takes for messages: early ones of 1.x ask no more than this of the type. HTTP/2 need not say that there is one. */
function isForMcpServers(message: IncomingMessage): boolean {
  const { headers, httpVersionMajor } = message;
  const length = headers['content-length'];
  const hasBody =
    length === undefined ? headers['transfer-encoding'] !== undefined || httpVersionMajor > 1 : length !== '0';
  // Node keeps the first of two types; SDKs that make a web request of it see both.
  const types = [headers['content-type'] ?? '', ...headerValues(message, 'content-type')];
  return hasBody && types.some((type) => type.toLowerCase().includes('application/json'));
}

function parsed(body: RequestBody): unknown {
  if (body.kind === 'refused') throw unreadable(body.reason);
  if (body.kind === 'none') return undefined;
  const value = parsedText(body.text);
  if (typeof value === 'string') throw unreadable('json_malformed');
  return value;
}

/** Text that a parser left as it was: a handler will read JSON in it. The BOM is ignored by some who do. */
function parsedText(body: unknown): unknown {
  if (typeof body !== 'string' && !Buffer.isBuffer(body)) return body;
  const text = body.toString().replace(/^\uFEFF/, '');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function unreadable(reason: string): InvalidRequestError {
  return new InvalidRequestError('The body cannot be read', { reason });
}

function lost(): McpAuthConfigurationError {
  return new McpAuthConfigurationError(
    'The body of a request for the MCP server has been read and is not in request.body: which tool it calls cannot be told. ' +
      'Leave the parsed body there, or the body unread',
  );
}
