import { describe, expect, it } from 'vitest';
import { newClient } from '../../../support/storage-rows.js';
import { refusalOf, registered, useFrozenStorage } from '../../tokens/fixture.js';
import { form, tokenEndpoint } from './fixture.js';

describe('GrantRegistry', () => {
  const storage = useFrozenStorage();
  const handle = (parameters: Record<string, string>, grantTypes = ['authorization_code', 'refresh_token']) => {
    const metadata = { ...newClient().metadata, grant_types: grantTypes };
    return refusalOf(tokenEndpoint(storage).registry.handle(registered({ metadata }), form(parameters)));
  };

  it('TOK-06 refuses a request without grant_type', async () => {
    for (const parameters of [{}, { grant_type: '' }, { Grant_Type: 'refresh_token' }]) {
      expect(await handle(parameters)).toEqual({
        type: 'InvalidRequestError',
        reason: 'grant_type_missing',
        description: 'grant_type is missing',
      });
    }
  });

  it.each(['password', 'client_credentials', 'Refresh_Token', 'refresh_token ', '__proto__', 'constructor'])(
    'TOK-06 does not know %j, though the client registered it',
    async (grantType) => {
      expect(await handle({ grant_type: grantType }, [grantType])).toEqual({
        type: 'UnsupportedGrantTypeError',
        reason: 'grant_type_unknown',
        description: 'This grant_type is not supported',
      });
    },
  );

  it.each(['authorization_code', 'refresh_token'])('TOK-06 refuses %s to a client without it', async (grantType) => {
    expect(await handle({ grant_type: grantType }, ['something_else'])).toEqual({
      type: 'UnauthorizedClientError',
      reason: 'grant_type_not_registered',
      description: 'This client may not use this grant_type',
    });
  });

  it.each([
    ['authorization_code', 'code_missing'],
    ['refresh_token', 'refresh_token_missing'],
  ])('hands a request over to the grant it names: %s', async (grantType, reason) => {
    expect((await handle({ grant_type: grantType }, [grantType])).reason).toBe(reason);
  });
});
