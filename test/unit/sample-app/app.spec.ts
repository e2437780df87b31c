import type { INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RESOLVED_OPTIONS } from '../../../lib/config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../../../lib/config/resolved-options.js';
import { AppModule } from '../../../sample-app/app.module.js';
import { ExchangeLog } from '../../../sample-app/demo/exchange-log.js';
import { Walk } from '../../../sample-app/demo/walk.js';
import { readEnvironment } from '../../../sample-app/environment.js';

const SECRET = 'test-secret-0123456789-abcdefghijklmnopqrstuvwxyz';

describe.each([
  ['Express', '/mcp', () => new ExpressAdapter()],
  ['Fastify', '/api/v1/mcp', () => new FastifyAdapter()],
] as const)('the whole sample app on %s, its MCP server at %s', (_name, path, adapter) => {
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    const environment = readEnvironment({ PORT: '0', DATABASE_URL: 'sqlite::memory:', MCP_SERVER_PATH: path });
    const module = await Test.createTestingModule({ imports: [AppModule.for(environment, SECRET)] }).compile();
    app = module.createNestApplication(adapter(), { logger: false });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });
  afterAll(() => app.close());

  it('takes a real MCP client from an address to fresh tokens and out again, as the demo shows it', async () => {
    const lines: string[] = [];
    await new Walk(new URL(url + path), new ExchangeLog((line) => lines.push(line))).all();
    const text = lines.join('\n');
    for (const step of ['Discover', 'Register', 'Log in', 'Consent', 'Exchange', 'Call tools', 'Refresh', 'Revoke']) {
      expect(text).toMatch(new RegExp(`── \\d+\\. ${step}`));
    }
    expect(text).toContain('purge_notes: {"deleted":1}');
    expect(text).toMatch(/Try the access token once more[^]+← 401 Unauthorized[^]+error="invalid_token"/);
  });

  it('STO-04 the demo prints no token, code, cookie or password', async () => {
    const lines: string[] = [];
    await new Walk(new URL(url + path), new ExchangeLog((line) => lines.push(line))).all();
    const text = lines.join('\n');
    expect(text).not.toMatch(/eyJ[\w-]{10,}|ada-password|(?:token|code|code_verifier)=[\w-]{20,}/);
  });

  it.each(['', '/tools', '/nothing'])('RSG-02 asks for a token at the MCP path%s', async (rest) => {
    const response = await fetch(url + path + rest);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer resource_metadata="${url}/.well-known/oauth-protected-resource${path}", scope="mcp:read mcp:write"`,
    );
  });

  it('leaves the documentation open, and everything outside the MCP path alone', async () => {
    const docs = await fetch(`${url}${path}/docs`);
    expect(docs.status).toBe(200);
    expect(await docs.json()).toMatchObject({ name: 'Notes', endpoint: url + path });
    expect((await fetch(`${url}/other/endpoint`)).status).toBe(200);
    expect(await (await fetch(url)).text()).toContain(`notes ${url}${path}`);
  });
});

describe('the replay window of the sample app', () => {
  it.each([
    [{}, 30],
    [{ MCP_REFRESH_REUSE_WINDOW: '0' }, 0],
    [{ MCP_REFRESH_REUSE_WINDOW: '7' }, 7],
  ])('OPS-05 with %j is %d seconds in the module', async (set, seconds) => {
    const environment = readEnvironment({ PORT: '0', DATABASE_URL: 'sqlite::memory:', ...set });
    const module = await Test.createTestingModule({ imports: [AppModule.for(environment, SECRET)] }).compile();
    const options = module.get<ResolvedMcpAuthOptions>(RESOLVED_OPTIONS, { strict: false });
    expect(options.refresh.replayWindowSeconds).toBe(seconds);
    await module.close();
  });
});

describe('client documents of the sample app', () => {
  it.each([
    [{}, false],
    [{ MCP_ALLOW_LOOPBACK_CLIENT_DOCUMENTS: '1' }, true],
  ])('CMD-10 with %j come from the loopback: %s', async (set, allowLoopback) => {
    const environment = readEnvironment({ PORT: '0', DATABASE_URL: 'sqlite::memory:', ...set });
    const module = await Test.createTestingModule({ imports: [AppModule.for(environment, SECRET)] }).compile();
    const options = module.get<ResolvedMcpAuthOptions>(RESOLVED_OPTIONS, { strict: false });
    expect(options.clientDocuments).toMatchObject({ enabled: true, allowLoopback });
    await module.close();
  });
});
