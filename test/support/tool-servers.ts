import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  All,
  Controller,
  Inject,
  Injectable,
  type INestApplication,
  Optional,
  type Provider,
  Req,
  Res,
  type Type,
} from '@nestjs/common';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { McpServer as Sdk1Server } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { McpController, McpHttpControllerFor, McpStrategy, StreamableHttpTransport, Tool } from '@rekog/mcp-nest';
import { McpAuthMiddleware, McpToolScopes, type GuardServerOptions, RequireScopes } from 'nestjs-mcp-auth';
import type { TestAppOptions } from './test-app.js';

/** What each tool of every server here needs; nobody says anything of `ping`. */
export const TOOL_SCOPES = {
  read: ['mcp:read'],
  write: ['mcp:write'],
  purge: ['mcp:write', 'mcp:admin'],
} as const;

export const TOOLS = [...Object.keys(TOOL_SCOPES), 'ping'];

/** The tools that ran, in order. */
export const ran: string[] = [];

export function run(name: string): { content: { type: 'text'; text: string }[] } {
  ran.push(name);
  return { content: [{ type: 'text', text: `${name} ran` }] };
}

type Handle = (request: IncomingMessage, response: ServerResponse, body: unknown) => Promise<void>;

/** A way to serve the tools by an official SDK: a server for each request, or one for a session. */
export abstract class SdkTools {
  abstract readonly handle: Handle;
  readonly declared;

  constructor(
    readonly scopes: McpToolScopes,
    readonly options: GuardServerOptions | undefined,
  ) {
    this.declared = scopes.declare(TOOL_SCOPES);
  }
}

export const GUARD_OPTIONS = Symbol('options of guard()');
const UNGUARDED: GuardServerOptions = {};
const unguarded = { provide: GUARD_OPTIONS, useValue: UNGUARDED };

@Injectable()
export class Sdk1Tools extends SdkTools {
  constructor(scopes: McpToolScopes, @Optional() @Inject(GUARD_OPTIONS) options?: GuardServerOptions) {
    super(scopes, options);
  }

  create(): Sdk1Server {
    const server = new Sdk1Server({ name: 'tools', version: '1.0.0' });
    for (const name of TOOLS) server.registerTool(name, {}, () => run(name));
    return this.options === UNGUARDED ? server : this.declared.guard(server, this.options);
  }

  readonly handle: Handle = async (request, response, body) => {
    const transport = new StreamableHTTPServerTransport({});
    await this.create().connect(transport as Parameters<Sdk1Server['connect']>[0]);
    await transport.handleRequest(request, response, body);
  };
}

@Injectable()
export class Server2Tools extends SdkTools {
  constructor(scopes: McpToolScopes, @Optional() @Inject(GUARD_OPTIONS) options?: GuardServerOptions) {
    super(scopes, options);
  }

  create(): McpServer {
    const server = new McpServer({ name: 'tools', version: '1.0.0' });
    for (const name of TOOLS) server.registerTool(name, {}, () => run(name));
    return this.options === UNGUARDED ? server : this.declared.guard(server, this.options);
  }

  /** Both revisions of the protocol, a server for each request. */
  private readonly handler = toNodeHandler(createMcpHandler(() => this.create()));
  readonly handle: Handle = (request, response, body) =>
    this.handler(request as IncomingMessage & { method: string; url: string }, response, body);
}

interface FastifyReply {
  readonly raw: ServerResponse;
  hijack(): void;
}

/** The MCP endpoint as a Nest controller. */
function controllerFor(tools: Type<SdkTools>): Type {
  @Controller('mcp')
  class Endpoint {
    constructor(@Inject(tools) private readonly tools: SdkTools) {}

    @All()
    async mcp(
      @Req() request: IncomingMessage & { raw?: IncomingMessage; body?: unknown },
      @Res() response: ServerResponse | FastifyReply,
    ): Promise<void> {
      if ('hijack' in response) response.hijack();
      const reply = 'hijack' in response ? response.raw : response;
      await this.tools.handle(request.raw ?? request, reply, request.body);
    }
  }
  return Endpoint;
}

@Controller()
class Elsewhere {}

type Hosting = Omit<TestAppOptions, 'adapter'>;

/** In front of Nest: nobody has parsed the body, and the handler leaves reading to the SDK. */
function rawMount(tools: Type<SdkTools>): Hosting {
  const configure = (app: INestApplication): void => {
    const handler = (request: IncomingMessage, response: ServerResponse) =>
      app.get(tools).handle(request, response, undefined);
    app.use('/mcp', [app.get(McpAuthMiddleware).use, handler]);
  };
  return { controllers: [Elsewhere], providers: [tools], configure };
}

@McpController()
class ReadingTools {
  @Tool({ name: 'read', description: 'Reads' })
  @RequireScopes('mcp:read')
  read() {
    return run('read');
  }

  /** Named by its method. */
  @Tool({ description: 'Answers' })
  ping() {
    return run('ping');
  }
}

@McpController()
@RequireScopes('mcp:write')
class WritingTools {
  @Tool({ name: 'write', description: 'Writes' })
  write() {
    return run('write');
  }

  @RequireScopes('mcp:admin')
  @Tool({ name: 'purge', description: 'Purges' })
  purge() {
    return run('purge');
  }
}

export interface NestServing {
  readonly statefulMode?: boolean;
  /** Leave the HTTP route to mcp-nest, past Nest's guards. */
  readonly selfMounted?: boolean;
  /** Without `guard()`, which filters the list. */
  readonly decoratorsAlone?: boolean;
  readonly inheritAppConfig?: boolean;
  readonly listAll?: boolean;
}

export function mcpNest(serving: NestServing = {}): Hosting {
  const transport = new StreamableHttpTransport({ statefulMode: serving.statefulMode ?? false });

  function httpController(): Type {
    @Controller('mcp')
    class Endpoint extends McpHttpControllerFor(transport) {}
    return Endpoint;
  }

  const controllers = [ReadingTools, WritingTools, ...(serving.selfMounted ? [Elsewhere] : [httpController()])];
  const configure = async (app: INestApplication): Promise<void> => {
    const strategy = new McpStrategy({
      name: 'tools',
      version: '1.0.0',
      transports: [transport],
      httpAdapter: app.getHttpAdapter(),
      logging: false,
      ...(serving.decoratorsAlone
        ? {}
        : { serverMutator: (server) => app.get(McpToolScopes).guard(server, { listAll: serving.listAll ?? false }) }),
    });
    app.connectMicroservice({ strategy }, { inheritAppConfig: serving.inheritAppConfig ?? false });
    await app.startAllMicroservices();
  };
  return { controllers, configure };
}

const UNPARSED = { nest: { bodyParser: false } } as const;

/** Every server behind every door; Fastify itself refuses JSON bodies that it has no parser for. */
export const SERVERS: readonly (readonly [string, () => Hosting, 'every adapter' | 'express'])[] = [
  [
    'SDK 1.x behind the guard',
    () => ({ controllers: [controllerFor(Sdk1Tools)], providers: [Sdk1Tools] }),
    'every adapter',
  ],
  ['SDK 1.x behind the middleware', () => rawMount(Sdk1Tools), 'every adapter'],
  [
    'SDK 1.x behind the guard, without a body parser',
    () => ({ controllers: [controllerFor(Sdk1Tools)], providers: [Sdk1Tools], ...UNPARSED }),
    'express',
  ],
  [
    'server 2.x behind the guard',
    () => ({ controllers: [controllerFor(Server2Tools)], providers: [Server2Tools] }),
    'every adapter',
  ],
  ['server 2.x behind the middleware', () => rawMount(Server2Tools), 'every adapter'],
  [
    'server 2.x behind the guard, without a body parser',
    () => ({ controllers: [controllerFor(Server2Tools)], providers: [Server2Tools], ...UNPARSED }),
    'express',
  ],
  ['mcp-nest', () => mcpNest(), 'every adapter'],
  ['mcp-nest with sessions', () => mcpNest({ statefulMode: true }), 'every adapter'],
  ['mcp-nest without a body parser', () => ({ ...mcpNest(), ...UNPARSED }), 'express'],
  ['mcp-nest with the guards of the application', () => mcpNest({ inheritAppConfig: true }), 'every adapter'],
];

/** Behind the check of HTTP requests alone: the servers themselves refuse nobody. */
export const UNGUARDED_SERVERS: readonly (readonly [string, () => Hosting])[] = [Sdk1Tools, Server2Tools].flatMap(
  (tools): (readonly [string, () => Hosting])[] => [
    [`${tools.name} behind the guard`, () => ({ controllers: [controllerFor(tools)], providers: [tools, unguarded] })],
    [`${tools.name} behind the middleware`, () => withProvider(rawMount(tools), unguarded)],
  ],
);

function withProvider(hosting: Hosting, provider: Provider): Hosting {
  return { ...hosting, providers: [...(hosting.providers ?? []), provider] };
}
