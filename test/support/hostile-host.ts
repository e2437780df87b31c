import 'reflect-metadata';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import fastifyHelmet from '@fastify/helmet';
import {
  All,
  type ArgumentsHost,
  Body,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type DynamicModule,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  HttpCode,
  HttpException,
  type INestApplication,
  Injectable,
  Module,
  type NestInterceptor,
  Post,
  Req,
  RequestMethod,
  SetMetadata,
  UnauthorizedException,
  ValidationPipe,
  VersioningType,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, HttpAdapterHost, NestFactory, Reflector } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { IsEmail } from 'class-validator';
import helmet from 'helmet';
import { McpAuthModule, mcpAuthEntities, runMcpAuthMigrations } from 'nestjs-mcp-auth';
import { map, type Observable } from 'rxjs';
import type { DataSource } from 'typeorm';
import { MemoryLogger } from './memory-logger.js';
import { type AdapterName, TEST_SCOPES } from './test-app.js';
import { TestUsers } from './test-users.js';

const PUBLIC = 'host:public';
const Public = () => SetMetadata(PUBLIC, true);

class Signup {
  @IsEmail()
  email!: string;
}

function echo(request: { auth?: { extra?: unknown } }, body: unknown) {
  return { auth: request.auth?.extra ?? null, body: body ?? null };
}

@Public()
@Controller({ path: 'mcp', version: '1' })
class VersionedMcpController {
  @All()
  @HttpCode(200)
  mcp(@Req() request: { auth?: { extra?: unknown } }, @Body() body: unknown) {
    return echo(request, body);
  }
}

@Controller('api/v1/mcp')
class PlainMcpController {
  @All()
  @HttpCode(200)
  mcp(@Req() request: { auth?: { extra?: unknown } }, @Body() body: unknown) {
    return echo(request, body);
  }
}

@Controller()
class OwnController {
  @Get('private')
  secret() {
    return 'private';
  }

  @Public()
  @Post('signup')
  signup(@Body() body: Signup) {
    return body;
  }

  @Public()
  @Get('*')
  singlePage() {
    return 'index.html';
  }
}

/** The host's own bearer tokens; it knows nothing of ours. */
@Injectable()
class HostJwtGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, [context.getHandler(), context.getClass()])) return true;
    const { headers } = context.switchToHttp().getRequest<IncomingMessage>();
    if (headers.authorization === 'Bearer host-token') return true;
    throw new UnauthorizedException('host says no');
  }
}

@Injectable()
class EnvelopeInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: unknown) => ({ data, enveloped: true })));
  }
}

@Catch()
class CatchAllFilter implements ExceptionFilter {
  constructor(private readonly host: HttpAdapterHost) {}

  catch(exception: unknown, context: ArgumentsHost): void {
    const status = exception instanceof HttpException ? exception.getStatus() : 418;
    this.host.httpAdapter.reply(context.switchToHttp().getResponse(), { caught: true, status }, status);
  }
}

export interface HostOptions {
  readonly adapter: AdapterName;
  /** Everything a host can do to routes, bodies and answers; without it, nothing of that. */
  readonly hostile: boolean;
  readonly bodyParser?: boolean;
  /** Public at the address it listens on, so that a browser can come. */
  readonly loopback?: boolean;
}

export interface RunningHost {
  readonly origin: string;
  readonly app: INestApplication;
  close(): Promise<void>;
}

export const PUBLIC_URL = 'https://app.example';
export const MCP_PATH = '/api/v1/mcp';

function hostModule(hostile: boolean, loopback: boolean): DynamicModule {
  @Module({})
  class HostModule {}
  const guards = [
    { provide: APP_GUARD, useClass: HostJwtGuard },
    { provide: APP_GUARD, useClass: ThrottlerGuard },
    { provide: APP_INTERCEPTOR, useClass: EnvelopeInterceptor },
  ];
  return {
    module: HostModule,
    imports: [
      TypeOrmModule.forRoot({ type: 'better-sqlite3', database: ':memory:', entities: mcpAuthEntities }),
      // So few requests are allowed that the flow would stumble over the limit at once.
      ...(hostile ? [ThrottlerModule.forRoot([{ ttl: 60_000, limit: 4 }])] : []),
      McpAuthModule.forRoot({
        ...(loopback ? {} : { baseUrl: PUBLIC_URL }),
        mcpServerPath: MCP_PATH,
        oauthSecret: 'kX3vQ8mZr1Lw6Yt0Bn5Hs9Dc2Fj7Gp4A',
        users: new TestUsers(),
        scopes: TEST_SCOPES,
      }),
    ],
    controllers: hostile ? [VersionedMcpController, OwnController] : [PlainMcpController],
    providers: hostile ? guards : [],
  };
}

async function makeHostile(app: INestApplication, adapter: AdapterName): Promise<void> {
  if (adapter === 'express') app.use(helmet());
  else await (app.getHttpAdapter() as unknown as FastifyAdapter).register(fastifyHelmet as never);
  app.enableCors({ origin: ['https://one.example'], credentials: true });
  // As the README says: a page of another origin that calls the MCP path with a token is no forgery.
  app.enableCsrfProtection({ exclude: [{ path: 'mcp', method: RequestMethod.ALL, version: '1' }] });
  app.useSecurityHeaders();
  app.setGlobalPrefix('api');
  app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
  app.useGlobalFilters(new CatchAllFilter(app.get(HttpAdapterHost)));
}

/** A host built as in a `main.ts`, on a free loopback port. */
export async function startHost({
  adapter,
  hostile,
  bodyParser = true,
  loopback = false,
}: HostOptions): Promise<RunningHost> {
  const http = adapter === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const app = await NestFactory.create<INestApplication>(hostModule(hostile, loopback), http as ExpressAdapter, {
    bodyParser,
    logger: new MemoryLogger(),
  });
  await runMcpAuthMigrations(app.get<DataSource>(getDataSourceToken()));
  if (hostile) await makeHostile(app, adapter);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, app, close: () => app.close() };
}
