import type { Server } from 'node:http';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { Controller, Get } from '@nestjs/common';
import type { McpAuthOptions } from 'nestjs-mcp-auth';
import { mintAccessToken } from 'nestjs-mcp-auth/testing';
import { describe, expect, it } from 'vitest';
import { rawRequest } from '../support/raw-http.js';
import { ADAPTERS, type AdapterName, startTestApp, type TestApp } from '../support/test-app.js';

@Controller()
class Own {
  @Get('mcp')
  mcp() {
    return 'mcp';
  }
}

/** Everything up to `listen()`, which each test calls itself. */
async function initialised(adapter: AdapterName, options: Partial<McpAuthOptions>): Promise<TestApp> {
  return startTestApp({ adapter, options, controllers: [Own], listen: false });
}

const refusalOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error as Error,
  );

const NOT_LOOPBACK = (baseUrl: string, address: string) =>
  `baseUrl is ${baseUrl}, and the server listens on ${address}, which is not loopback. ` +
  'Set baseUrl to the public https origin, or listen on 127.0.0.1.';

describe.each(ADAPTERS)('listening on %s', (adapter) => {
  it.each([
    ['no baseUrl', {}, 'not set'],
    ['a loopback http baseUrl', { baseUrl: 'http://localhost:3000' }, 'http://localhost:3000'],
  ])(
    'OPS-01 OPS-06 TRN-01 refuses every interface with %s: listen() rejects, and the port is closed',
    async (_case, options, shown) => {
      const host = await initialised(adapter, options);
      const refusal = await refusalOf(host.app.listen(0, '0.0.0.0'));
      expect(refusal?.name).toBe('McpAuthConfigurationError');
      expect(refusal?.message).toBe(NOT_LOOPBACK(shown, '0.0.0.0'));
      expect((host.app.getHttpServer() as Server).listening).toBe(false);
      await host.close();
    },
  );

  it('OPS-06 refuses a socket file without baseUrl', async () => {
    const host = await initialised(adapter, {});
    const path = join(tmpdir(), `mcp-auth-${process.pid}-${adapter}.sock`);
    const refusal = await refusalOf(host.app.listen(path));
    expect(refusal?.message).toBe(NOT_LOOPBACK('not set', 'a socket'));
    await host.close();
    await rm(path, { force: true });
  });

  it('listens anywhere with a public https baseUrl, and says nothing of it', async () => {
    const host = await initialised(adapter, { baseUrl: 'https://app.example' });
    await host.app.listen(0, '0.0.0.0');
    const { port } = host.app.getHttpServer().address() as AddressInfo;
    const answer = await rawRequest(`http://127.0.0.1:${port}`, { target: '/.well-known/oauth-authorization-server' });
    expect(JSON.parse(answer.text)).toMatchObject({ issuer: 'https://app.example' });
    expect(host.log.lines.filter((line) => /baseUrl|development/.test(line))).toEqual([]);
    await host.close();
  });

  it('takes the loopback address it listens on for its own, and says so', async () => {
    const host = await initialised(adapter, {});
    await host.app.listen(0, '127.0.0.1');
    const { port } = host.app.getHttpServer().address() as AddressInfo;
    const origin = `http://127.0.0.1:${port}`;
    const answer = await rawRequest(origin, { target: '/.well-known/oauth-authorization-server' });
    expect(JSON.parse(answer.text)).toMatchObject({ issuer: origin });
    expect(host.log.lines).toContain(
      `log baseUrl is not set: using ${origin}, the address the server listens on McpAuth`,
    );
    await host.close();
  });

  it('takes an IPv6 loopback address for its own', async () => {
    const host = await initialised(adapter, {});
    await host.app.listen(0, '::1');
    const { port } = host.app.getHttpServer().address() as AddressInfo;
    const answer = await rawRequest(`http://[::1]:${port}`, { target: '/.well-known/oauth-authorization-server' });
    expect(JSON.parse(answer.text)).toMatchObject({ issuer: `http://[::1]:${port}` });
    await host.close();
  });

  it('OPS-06 lets development stand in for the listen address, warning every time', async () => {
    const host = await initialised(adapter, { development: true });
    await host.app.listen(0, '0.0.0.0');
    const { port } = host.app.getHttpServer().address() as AddressInfo;
    const answer = await rawRequest(`http://127.0.0.1:${port}`, { target: '/mcp' });
    expect(answer.status).toBe(401);
    expect(answer.header('www-authenticate')).toContain(`http://localhost:${port}/.well-known/`);
    expect(host.log.lines).toContain('warn development is on: this is no configuration for production McpAuth');
    await host.close();
  });

  it('keeps a loopback http baseUrl behind development, whatever the port', async () => {
    const host = await initialised(adapter, { development: true, baseUrl: 'http://localhost:8080' });
    await host.app.listen(0, '0.0.0.0');
    const { port } = host.app.getHttpServer().address() as AddressInfo;
    const answer = await rawRequest(`http://127.0.0.1:${port}`, {
      target: '/.well-known/oauth-protected-resource/mcp',
    });
    expect(JSON.parse(answer.text)).toMatchObject({ resource: 'http://localhost:8080/mcp' });
    await host.close();
  });

  it('does not hide that a port is taken', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => blocker.once('listening', resolve));
    const { port } = blocker.address() as AddressInfo;
    const host = await initialised(adapter, {});
    const refusal = await refusalOf(host.app.listen(port, '127.0.0.1'));
    expect((refusal as NodeJS.ErrnoException | undefined)?.code).toBe('EADDRINUSE');
    await host.close();
    blocker.close();
  });

  it('serves tests that never listen themselves, given an address', async () => {
    // As supertest does: init, then a server of its own choice of port and interface.
    const host = await initialised(adapter, { baseUrl: 'https://app.example' });
    await host.app.init();
    const server = host.app.getHttpServer() as Server;
    if (adapter === 'fastify') await (host.app.getHttpAdapter().getInstance() as { ready(): Promise<void> }).ready();
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const { port } = server.address() as AddressInfo;
    const { authorization } = await mintAccessToken(host.app, { userId: 'ada', scope: 'mcp:read' });
    const origin = `http://127.0.0.1:${port}`;
    expect((await rawRequest(origin, { target: '/mcp' })).status).toBe(401);
    const headers = [['Authorization', authorization]] as const;
    expect((await rawRequest(origin, { target: '/mcp', headers })).text).toBe('mcp');
    expect((await rawRequest(origin, { target: '/oauth/authorize' })).status).toBe(400);
    await host.close();
  });

  it('OPS-06 serves such tests without an address when development is on, and refuses them otherwise', async () => {
    const host = await initialised(adapter, { development: true });
    await host.app.init();
    const server = host.app.getHttpServer() as Server;
    if (adapter === 'fastify') await (host.app.getHttpAdapter().getInstance() as { ready(): Promise<void> }).ready();
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const { port } = server.address() as AddressInfo;
    const answer = await rawRequest(`http://127.0.0.1:${port}`, { target: '/.well-known/oauth-authorization-server' });
    expect(JSON.parse(answer.text)).toMatchObject({ issuer: `http://localhost:${port}` });
    await host.close();

    const strict = await initialised(adapter, {});
    await strict.app.init();
    const refusing = strict.app.getHttpServer() as Server;
    const refusal = await new Promise<Error>((resolve) => {
      const listening = () => setImmediate(() => resolve(new Error('it listens')));
      refusing.once('error', resolve).once('listening', listening).listen(0, '0.0.0.0');
    });
    expect(refusal.message).toBe(NOT_LOOPBACK('not set', '0.0.0.0'));
    await strict.close();
  });
});
