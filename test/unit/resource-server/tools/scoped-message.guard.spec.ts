import 'reflect-metadata';
import { Controller, type Type } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { describe, expect, it } from 'vitest';
import { RequireScopes } from '../../../../lib/resource-server/decorators/require-scopes.decorator.js';
import { attachPrincipal, type McpPrincipal } from '../../../../lib/resource-server/mcp-principal.js';
import { carriedRequest } from '../../../../lib/resource-server/tools/carried-request.js';
import { ScopedMessageGuard } from '../../../../lib/resource-server/tools/scoped-message.guard.js';
import { message } from '../../http/exchange.js';
import { verified } from '../fixture.js';
import { methodOf } from '../scope-fixture.js';

@RequireScopes('mcp:read')
@Controller()
class Tools {
  search() {}

  @RequireScopes('mcp:write')
  save() {}
}

class Open {
  search() {}
}

const principal: McpPrincipal = { ...verified(), userData: async () => null };

/** Node's request, verified with these scopes. */
function withToken(...scopes: readonly string[]) {
  const request = message({ method: 'POST' });
  attachPrincipal(request, principal, scopes);
  return request;
}

const carrying = (request: unknown) => ({ getRawRequest: () => request });

function context(type: string, carrier: unknown, on: Type = Tools, name = 'save') {
  const host = new ExecutionContextHost([{}, carrier], on, methodOf(on, name));
  host.setType(type);
  return host;
}

const asked = (...parts: Parameters<typeof context>) => new ScopedMessageGuard().canActivate(context(...parts));

describe('ScopedMessageGuard', () => {
  it('RSG-07 lets a message through whose token has all scopes of handler and class', () => {
    expect(asked('rpc', carrying(withToken('mcp:write', 'mcp:read')))).toBe(true);
    expect(asked('rpc', carrying(withToken('mcp:read')), Tools, 'search')).toBe(true);
    expect(asked('rpc', carrying(withToken()), Open, 'search')).toBe(true);
  });

  it.each<readonly [string, unknown]>([
    ['a token without the scope of the handler', carrying(withToken('mcp:read'))],
    ['a token without the scope of the class', carrying(withToken('mcp:write'))],
    ['a token without any', carrying(withToken())],
    ['no token', carrying(message({}))],
    ['no request', carrying(undefined)],
    ['no request but nothing', carrying(null)],
    ['no request but text', carrying('request')],
    ['a carrier that has none', {}],
    ['a carrier that cannot be asked', { getRawRequest: withToken('mcp:read', 'mcp:write') }],
    ['no carrier', undefined],
  ])('RSG-01 RSG-07 refuses a message with %s', (_what, carrier) => {
    expect(asked('rpc', carrier)).toBe(false);
  });

  it('RSG-01 refuses messages of every other kind, and leaves HTTP to the global guard', () => {
    const good = carrying(withToken('mcp:read', 'mcp:write'));
    expect([asked('ws', good), asked('graphql', good)]).toEqual([false, false]);
    expect(asked('http', undefined)).toBe(true);
  });

  it('RSG-01 refuses an anonymous message even where no scope is needed', () => {
    expect(asked('rpc', carrying(message({})), Open, 'search')).toBe(false);
  });
});

describe('carriedRequest', () => {
  it('is the request under a message, and nothing for HTTP', () => {
    const request = message({});
    expect(carriedRequest(context('rpc', carrying(request)))).toBe(request);
    expect(carriedRequest(context('http', carrying(request)))).toBeUndefined();
  });
});
