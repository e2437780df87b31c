import type { IncomingMessage, ServerResponse } from 'node:http';
import fastifyCookie from '@fastify/cookie';
import {
  type CanActivate,
  Controller,
  Get,
  type INestApplication,
  Injectable,
  type MiddlewareConsumer,
  Module,
  type NestMiddleware,
  type NestModule,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { ADAPTERS, EchoController, startTestApp, type TestAppOptions } from '../support/test-app.js';
import { TestUsers } from '../support/test-users.js';

type Next = () => void;
interface WithSession extends IncomingMessage {
  session?: { userId?: string };
  raw?: WithSession;
  cookies?: Record<string, string | undefined>;
}

/** A session as express-session keeps it: read from a cookie, hung on the request, and its cookie renewed on the answer. */
function session(request: WithSession, response: ServerResponse, next: Next): void {
  const userId = /(?:^|; )sid=([^;]*)/.exec(request.headers.cookie ?? '')?.[1];
  request.session = userId === undefined ? {} : { userId };
  response.setHeader('Set-Cookie', 'sid-seen=1; Path=/');
  // A store answers later.
  setTimeout(next, 2);
}

/** Knows people by the session that a middleware set up, not by a cookie of its own. */
class SessionUsers extends TestUsers {
  override currentUser(request: unknown) {
    const own = request as WithSession;
    const userId = own.session?.userId ?? own.raw?.session?.userId;
    return userId === undefined ? null : { id: userId };
  }
}

/** Knows people by what a Fastify plugin made of their cookies. */
class PluginUsers extends TestUsers {
  override currentUser(request: unknown) {
    const userId = (request as WithSession).cookies?.['sid'];
    return userId === undefined ? null : { id: userId };
  }
}

@Injectable()
class SessionMiddleware implements NestMiddleware {
  use = session;
}

@Module({})
class SessionModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(SessionMiddleware).forRoutes('*');
  }
}

@Module({})
class LateSessionModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(SessionMiddleware).forRoutes('{*path}');
  }
}

/** Serves an index page for whatever has no route, as serve-static does: bound on the adapter while modules start. */
@Injectable()
class SinglePage implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  onModuleInit(): void {
    const adapter = this.host.httpAdapter;
    const path = adapter.getType() === 'express' ? '/{*path}' : '/*';
    adapter.get(path, (_request: unknown, response: unknown) => void adapter.reply(response, 'index.html', 200));
  }
}

@Controller()
class PrefixedController {
  @Get('anything')
  anything() {
    return 'anything';
  }
}

/** As a host's own guard for everything. */
@Injectable()
class Nobody implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

async function consentAfterLogin(given: TestAppOptions) {
  const host = await startTestApp({ users: new SessionUsers(), ...given });
  const walk = new OAuthWalk(host.origin, given.options?.endpointPrefix);
  const { client_id: clientId } = await walk.register();
  const toLogin = await walk.browser.get(walk.authorizeUrl(clientId));
  expect([toLogin.status, toLogin.headers.get('location')?.slice(0, 7)]).toEqual([302, '/login?']);
  const resume = new URL(toLogin.headers.get('location') ?? '', host.origin).searchParams.get('return_to') ?? '';
  walk.browser.cookies.set('sid', 'grace');
  const page = await walk.browser.get(resume);
  expect(page.status).toBe(200);
  const decided = await walk.decide(page);
  const code = walk.target(decided).searchParams.get('code') ?? '';
  const redeemed = await walk.redeem(clientId, code);
  expect(redeemed.status).toBe(200);
  const { access_token: token } = JSON.parse(redeemed.text) as { access_token: string };
  const opened = await fetch(`${host.origin}${given.options?.mcpServerPath ?? '/mcp'}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(await opened.json()).toMatchObject({ auth: { extra: { userId: 'grace' } } });
  return { host, page };
}

describe.each(ADAPTERS)('a session of the host on %s', (adapter) => {
  const SESSIONS: readonly (readonly [string, Partial<TestAppOptions>])[] = [
    ['app.use()', { configure: (app) => void app.use(session) }],
    ['app.use() for the endpoints alone', { configure: (app) => void app.use('/oauth', session) }],
    ['consumer.apply()', { imports: [SessionModule] }],
    ['consumer.apply() with a wildcard', { imports: [LateSessionModule] }],
    ['app.use(), with bodyParser off', { configure: (app) => void app.use(session), nest: { bodyParser: false } }],
    [
      'consumer.apply() below a global prefix, with the endpoints below it too',
      {
        imports: [SessionModule],
        configure: (app) => void app.setGlobalPrefix('api'),
        options: { mcpServerPath: '/api/mcp', endpointPrefix: '/api/oauth' },
      },
    ],
    [
      'consumer.apply() below a global prefix that excludes the endpoints',
      {
        imports: [SessionModule],
        configure: (app) => void app.setGlobalPrefix('api', { exclude: ['oauth/{*path}'] }),
        options: { mcpServerPath: '/api/mcp' },
      },
    ],
  ];

  it.each(SESSIONS)('TRN-08 reaches the authorize page: %s', async (_name, given) => {
    const { host, page } = await consentAfterLogin({ adapter, ...given });
    // The session's own cookie survives on our page; our headers do not suffer from it.
    expect(page.headers.getSetCookie()).toEqual(['sid-seen=1; Path=/']);
    expect(page.headers.get('cache-control')).toBe('no-store');
    await host.close();
  });

  it('TRN-08 reaches the page although the host answers every other GET with a single page', async () => {
    const { host } = await consentAfterLogin({
      adapter,
      configure: (app) => void app.use(session),
      providers: [SinglePage],
    });
    const browser = new Browser(host.origin);
    expect((await browser.get('/anything')).text).toBe('index.html');
    // Near misses are the host's.
    for (const path of ['/oauth/authorize/', '/OAUTH/authorize', '/oauth/authorized', '/oauth//authorize']) {
      expect([path, (await browser.get(path)).text]).toEqual([path, 'index.html']);
    }
    await host.close();
  });

  it('TRN-08 reaches the page although a global guard of the host lets nobody through', async () => {
    const { host } = await consentAfterLogin({
      adapter,
      configure: (app: INestApplication) => {
        app.use(session);
        app.useGlobalGuards({
          canActivate: (context) => context.getClass() === EchoController && new Nobody().canActivate() === false,
        });
      },
      controllers: [EchoController, PrefixedController],
    });
    expect((await new Browser(host.origin).get('/anything')).status).toBe(403);
    await host.close();
  });
});

describe('a session of a Fastify plugin', () => {
  it('TRN-08 reaches the authorize page', async () => {
    const { host } = await consentAfterLogin({
      adapter: 'fastify',
      users: new PluginUsers(),
      configure: async (app) => {
        await (app.getHttpAdapter() as unknown as FastifyAdapter).register(fastifyCookie as never);
      },
    });
    await host.close();
  });
});
