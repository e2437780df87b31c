import { describe, expect, it } from 'vitest';
import { DirectRequest } from '../../../../lib/endpoints/http/direct-request.js';
import { declaredEndpoints } from '../../../../lib/endpoints/http/endpoint.decorator.js';
import { TokenController } from '../../../../lib/endpoints/token/token.controller.js';
import { toHttpRequest } from '../../../../lib/http/http-request.js';
import { newClient } from '../../../support/storage-rows.js';
import { message } from '../../http/exchange.js';
import { authentication } from '../../clients/authentication/fixture.js';
import { approve, refusalOf, useFrozenStorage } from '../../tokens/fixture.js';
import { issueCode, tokenEndpoint, VERIFIER } from './fixture.js';

describe('TokenController', () => {
  const storage = useFrozenStorage();
  const post = (parameters: Record<string, string>) => {
    const direct = new DirectRequest(authentication(storage).authenticator);
    const text = new URLSearchParams(parameters).toString();
    const body = { kind: 'text', mediaType: 'application/x-www-form-urlencoded', text } as const;
    const request = toHttpRequest(message({ method: 'POST', url: '/oauth/token' }), body);
    return new TokenController(direct, tokenEndpoint(storage).registry).issue(request);
  };
  const redemption = async () => {
    const { clientId } = await storage.clients.insert(newClient());
    const { id } = await approve(storage, { clientId });
    const code = await issueCode(storage, id, { clientId });
    return { grant_type: 'authorization_code', client_id: clientId, code, code_verifier: VERIFIER };
  };

  it('TOK-01 is a POST to /token, read by programs', () => {
    expect(declaredEndpoints(TokenController)).toEqual([
      { method: 'POST', path: 'token', kind: 'json', handler: 'issue' },
    ]);
  });

  it('TOK-07 TRN-03 answers tokens as JSON that nobody stores', async () => {
    const { status, headers, body = '' } = await post(await redemption());
    expect([status, headers]).toEqual([
      200,
      { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' },
    ]);
    expect(Object.keys(JSON.parse(body) as object).sort()).toEqual([
      'access_token',
      'expires_in',
      'refresh_token',
      'scope',
      'token_type',
    ]);
  });

  it('CAU-07 CAU-04 asks who the client is before anything about the grant', async () => {
    const refused = await refusalOf(post({ ...(await redemption()), client_id: 'unknown', grant_type: 'unknown' }));
    expect([refused.type, refused.reason]).toEqual(['InvalidClientError', 'client_unknown']);
  });
});
