import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { McpAuthConfigurationError } from '../../config/mcp-auth-configuration-error.js';
import { headerValues } from '../../http/http-request.js';
import { PEEK_LIMIT, peekBody } from '../../http/peek-body.js';
import type { RequestBody } from '../../http/request-body.js';
import { calledTools } from '../../protocol/called-tools.js';
import { InvalidRequestError } from '../../protocol/oauth-errors.js';
import { rawRequest } from '../mcp-principal.js';
import { McpToolScopes } from './mcp-tool-scopes.js';

interface WithBody {
  readonly body?: unknown;
}

/** What becomes of a body in which no calls can be looked for; it is left to handlers that serve no MCP server. */
export type Unreadable = 'refused' | 'left';

/** What was made of a body: a value, or why there is none; neither, for text that is no JSON. */
interface Reading {
  readonly value?: unknown;
  readonly fault?: Error;
}

/** Finds the calls in a request before the MCP server does: the body is the value that the server will be given, whoever parsed it. */
@Injectable()
export class ToolCalls {
  /** What was found in bodies that no parser had read, once per request. */
  private readonly peeked = new WeakMap<IncomingMessage, Promise<Reading>>();

  constructor(private readonly tools: McpToolScopes) {}

  /**
   * All scopes of all tools that a request calls. Throws, unless such bodies are `left`, `InvalidRequestError` for a JSON body that nobody can
   * read, and `McpAuthConfigurationError` for one that somebody has read and kept elsewhere.
   */
  async scopesOf(request: unknown, unreadable: Unreadable): Promise<readonly string[]> {
    if (!this.tools.inUse) return [];
    const message = rawRequest(request);
    const forServers = isForMcpServers(message);
    const readings = await this.readingsOf(request, message, forServers);
    const fault = readings.find((reading) => reading.fault)?.fault;
    if (fault && forServers && unreadable === 'refused') {
      message.resume();
      throw fault;
    }
    const called = readings.flatMap(({ value }) => calledTools(value));
    return [...new Set(called.flatMap((tool) => this.tools.of(tool)))];
  }

  /** Fastify has a request of its own, and a middleware may have left a body on Node's. */
  private async readingsOf(
    request: unknown,
    message: IncomingMessage,
    forServers: boolean,
  ): Promise<readonly Reading[]> {
    const bodies = new Set([(request as WithBody).body, (message as WithBody).body]);
    const readings = [...bodies].map(readingOf);
    const parsed = [...bodies].some((body) => body !== undefined);
    return forServers ? [...readings, await this.unparsed(message, parsed)] : readings;
  }

  private unparsed(message: IncomingMessage, parsed: boolean): Reading | Promise<Reading> {
    const known = this.peeked.get(message);
    if (known) return known;
    if (message.readableDidRead) return parsed ? {} : { fault: lost() };
    const peeked = peekBody(message).then(readingOfUnparsed);
    this.peeked.set(message, peeked);
    return peeked;
  }
}

/** Bodies that some MCP SDK takes for messages: early ones of 1.x ask no more than this of the type. */
function isForMcpServers(message: IncomingMessage): boolean {
  // Node keeps the first of two types; SDKs that make a web request of it see both.
  const types = [message.headers['content-type'] ?? '', ...headerValues(message, 'content-type')];
  return hasBody(message) && types.some((type) => type.toLowerCase().includes('application/json'));
}

/** HTTP/2 need not give a length; there, the headers end the stream of a request that has no body. */
function hasBody(message: IncomingMessage & { readonly stream?: { readonly endAfterHeaders?: boolean } }): boolean {
  const length = message.headers['content-length'];
  if (length !== undefined) return length !== '0';
  if (message.httpVersionMajor > 1) return message.stream?.endAfterHeaders !== true;
  return message.headers['transfer-encoding'] !== undefined;
}

function readingOfUnparsed(body: RequestBody): Reading {
  if (body.kind === 'refused') return { fault: unreadable(body.reason) };
  if (body.kind === 'none') return {};
  const reading = readingOf(body.text);
  return 'value' in reading ? reading : { fault: unreadable('json_malformed') };
}

/** A parser may have left text as it was, and a handler will read JSON in it. The BOM is ignored by some who do. */
function readingOf(body: unknown): Reading {
  if (typeof body !== 'string' && !Buffer.isBuffer(body)) return { value: body };
  if (body.length > PEEK_LIMIT) return { fault: unreadable('body_too_large') };
  try {
    return { value: JSON.parse(body.toString().replace(/^\uFEFF/, '')) as unknown };
  } catch {
    return {};
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
