import { All, Controller, UseGuards } from '@nestjs/common';
import { McpAuthGuard, type McpAuthOptions, type McpAuthStaticOptions } from 'nestjs-mcp-auth';
import { mintAccessToken } from 'nestjs-mcp-auth/testing';
import { describe, expect, it } from 'vitest';
import { rawRequest } from '../support/raw-http.js';
import { ADAPTERS, type AdapterName, EchoController, startTestApp } from '../support/test-app.js';

const PREFLIGHT: readonly (readonly [string, string])[] = [['Access-Control-Request-Method', 'POST']];

@Controller()
@UseGuards(McpAuthGuard)
class Guarded {
  @All('mcp')
  mcp() {
    return 'reached';
  }
}

async function ask(
  adapter: AdapterName,
  options: Partial<McpAuthOptions & McpAuthStaticOptions>,
  origins: readonly string[],
  controllers = [EchoController as new () => object],
): Promise<Record<string, readonly number[]>> {
  const host = await startTestApp({ adapter, options, controllers });
  const { authorization } = await mintAccessToken(host.app, { userId: 'ada', scope: 'mcp:read' });
  const answers: Record<string, readonly number[]> = {};
  for (const origin of origins) {
    const named = origin.replace('{own}', host.origin);
    const headers = named === '' ? [] : [['Origin', named] as const];
    const send = async (method: string, more: readonly (readonly [string, string])[]) =>
      (await rawRequest(host.origin, { method, target: '/mcp', headers: [...headers, ...more] })).status;
    answers[origin] = [
      await send('POST', []),
      await send('POST', [['Authorization', authorization]]),
      await send('OPTIONS', PREFLIGHT),
    ];
  }
  await host.close();
  return answers;
}

const OPEN = [401, 200, 204];
const SHUT = [403, 403, 403];

describe.each(ADAPTERS)('the Origin policy on %s', (adapter) => {
  it('RSG-15 lets pages of this machine and nobody else call a loopback server', async () => {
    const answers = await ask(adapter, {}, [
      '{own}',
      'http://localhost:6274',
      'http://127.0.0.1:1',
      'http://[::1]:6274',
      'https://localhost',
      'https://evil.example',
      'http://localhost.evil.example',
      'http://127.0.0.1.evil.example',
      'null',
      'http://localhost:6274/',
      'localhost',
    ]);
    expect(answers).toEqual({
      '{own}': OPEN,
      'http://localhost:6274': OPEN,
      'http://127.0.0.1:1': OPEN,
      'http://[::1]:6274': OPEN,
      'https://localhost': OPEN,
      'https://evil.example': SHUT,
      'http://localhost.evil.example': SHUT,
      'http://127.0.0.1.evil.example': SHUT,
      null: SHUT,
      'http://localhost:6274/': SHUT,
      localhost: SHUT,
    });
  });

  it('RSG-15 lets any page call a public https server unless the host says otherwise', async () => {
    const options = { baseUrl: 'https://app.example' };
    expect(await ask(adapter, options, ['https://evil.example', 'null'])).toEqual({
      'https://evil.example': OPEN,
      null: OPEN,
    });
  });

  it('RSG-15 takes allowedOrigins to the letter', async () => {
    const options = { baseUrl: 'https://app.example', allowedOrigins: ['https://one.example'] };
    const answers = await ask(adapter, options, [
      'https://one.example',
      'https://one.example:443',
      'https://ONE.example',
      'http://one.example',
      'https://app.example',
      'https://sub.one.example',
    ]);
    expect(answers).toEqual({
      'https://one.example': OPEN,
      'https://one.example:443': SHUT,
      'https://ONE.example': SHUT,
      'http://one.example': SHUT,
      'https://app.example': SHUT,
      'https://sub.one.example': SHUT,
    });
    expect(await ask(adapter, { allowedOrigins: '*' }, ['https://evil.example'])).toEqual({
      'https://evil.example': OPEN,
    });
  });

  it('RSG-15 asks programs, which send no Origin, for none', async () => {
    const host = await startTestApp({ adapter, options: { allowedOrigins: [] } });
    expect((await rawRequest(host.origin, { target: '/mcp' })).status).toBe(401);
    await host.close();
  });

  it('RSG-15 refuses in words of its own, with CORS headers that let the page read them', async () => {
    const host = await startTestApp({ adapter });
    const answer = await rawRequest(host.origin, { target: '/mcp', headers: [['Origin', 'https://evil.example']] });
    expect(JSON.parse(answer.text)).toEqual({ message: 'This origin may not call the MCP endpoint' });
    expect(answer.header('access-control-allow-origin')).toBe('*');
    expect(answer.header('www-authenticate')).toBeUndefined();
    await host.close();
  });

  it('RSG-15 holds for McpAuthGuard on a controller as well', async () => {
    const answers = await ask(adapter, { guard: false }, ['https://evil.example', '{own}'], [Guarded]);
    expect(answers['https://evil.example']?.slice(0, 2)).toEqual([403, 403]);
    expect(answers['{own}']?.slice(0, 2)).toEqual([401, 200]);
  });

  it('leaves the origins of other routes to the host', async () => {
    const host = await startTestApp({ adapter });
    const headers = [['Origin', 'https://evil.example']] as const;
    expect((await rawRequest(host.origin, { target: '/other/endpoint', headers })).status).toBe(200);
    await host.close();
  });
});
