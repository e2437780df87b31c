import { describe, expect, it } from 'vitest';
import { readClientId, readRedirectUri, readState } from '../../../lib/protocol/authorization-client.js';
import { FormParameters } from '../../../lib/protocol/form-parameters.js';
import { authorizationRefusal } from './refusal.js';

const parse = (text: string): FormParameters => FormParameters.parse(text);

const page = (reason: string, description: string) => ({
  type: 'InvalidRequestError',
  reason,
  description,
  redirect: 'page',
});

const FAULTS: [string, string][] = [
  ['a bad percent sequence', '%zz'],
  ['bytes that are not UTF-8', '%ff'],
  ['NUL', 'a%00b'],
  ['a line break', 'a%0Ab'],
  ['an over-long value', 'a'.repeat(2049)],
  ['a letter beyond ASCII', 'a%C3%BC'],
  ['a letter beyond ASCII at the start', '%C3%BCa'],
];

describe('readClientId', () => {
  it('AUT-05 reads the client id', () => {
    expect(readClientId(parse('scope=%zz&client_id=abc%20~'))).toBe('abc ~');
  });

  it.each(['', 'client_id=', 'Client_id=abc', 'client_id[]=abc'])('AUT-05 shows a page for %j', (text) => {
    expect(authorizationRefusal(() => readClientId(parse(text)))).toStrictEqual(
      page('client_id_missing', 'client_id is missing'),
    );
  });

  it.each(['client_id=a&client_id=b', 'client_id=a&client_id=a', 'client_id=&client_id=', 'client_id=a&client_id=%zz'])(
    'AUT-04 shows a page for %j',
    (text) => {
      expect(authorizationRefusal(() => readClientId(parse(text)))).toStrictEqual(
        page('client_id_repeated', 'client_id is repeated'),
      );
    },
  );

  it.each(FAULTS)('AUT-35 shows a page for %s', (_case, value) => {
    expect(authorizationRefusal(() => readClientId(parse(`client_id=${value}`)))).toStrictEqual(
      page('client_id_malformed', 'client_id is malformed'),
    );
  });
});

describe('readRedirectUri', () => {
  const client = (...redirectUris: string[]) => ({ clientId: 'abc', redirectUris, grantTypes: ['authorization_code'] });
  const one = client('https://client.example/cb');
  const two = client('https://client.example/cb', 'http://localhost/callback');
  const encoded = encodeURIComponent('https://client.example/cb');

  it('AUT-06 uses the only registered one when none was sent', () => {
    expect(readRedirectUri(parse('client_id=abc'), one)).toBe('https://client.example/cb');
    expect(readRedirectUri(parse('redirect_uri='), one)).toBe('https://client.example/cb');
  });

  it('AUT-08 and AUT-10 give back the one that was sent', () => {
    expect(readRedirectUri(parse(`redirect_uri=${encoded}`), one)).toBe('https://client.example/cb');
    expect(readRedirectUri(parse('redirect_uri=http%3A%2F%2Flocalhost%3A3118%2Fcallback'), two)).toBe(
      'http://localhost:3118/callback',
    );
  });

  it.each([
    ['several are registered', two],
    ['none is registered', client()],
  ])('AUT-06 shows a page when it is missing and %s', (_case, registered) => {
    expect(authorizationRefusal(() => readRedirectUri(parse('client_id=abc'), registered))).toStrictEqual(
      page('redirect_uri_missing', 'redirect_uri is missing'),
    );
  });

  it.each([
    `redirect_uri=${encoded}&redirect_uri=${encoded}`,
    `redirect_uri=${encoded}&redirect_uri=`,
    'redirect_uri=&redirect_uri=',
  ])('AUT-04 shows a page for %j', (text) => {
    for (const registered of [one, two]) {
      expect(authorizationRefusal(() => readRedirectUri(parse(text), registered))).toStrictEqual(
        page('redirect_uri_repeated', 'redirect_uri is repeated'),
      );
    }
  });

  it.each(FAULTS)('AUT-35 shows a page for %s', (_case, value) => {
    for (const registered of [one, two]) {
      expect(authorizationRefusal(() => readRedirectUri(parse(`redirect_uri=${value}`), registered))).toStrictEqual(
        page('redirect_uri_malformed', 'redirect_uri is malformed'),
      );
    }
  });

  it.each([
    'https://evil.example/cb',
    'https://client.example/cb/',
    'https://client.example/CB',
    'javascript:alert(1)',
  ])('AUT-07 shows a page for %s', (uri) => {
    const p = parse(`redirect_uri=${encodeURIComponent(uri)}`);
    expect(authorizationRefusal(() => readRedirectUri(p, one))).toStrictEqual(
      page('redirect_uri_mismatch', 'redirect_uri is not registered for this client'),
    );
    expect(authorizationRefusal(() => readRedirectUri(p, client()))).toStrictEqual(
      page('redirect_uri_mismatch', 'redirect_uri is not registered for this client'),
    );
  });
});

describe('readState', () => {
  it('AUT-20 reads every printable ASCII character unchanged', () => {
    const state = String.fromCharCode(...Array.from({ length: 0x5f }, (_unused, index) => 0x20 + index));
    expect(readState(parse(`state=${encodeURIComponent(state)}`))).toBe(state);
    expect(readState(parse(`state=${'s'.repeat(2048)}`))).toHaveLength(2048);
  });

  it.each([
    ['none', 'a=b'],
    ['an empty one', 'state='],
    ['a repeated one', 'state=a&state=b'],
    ['a bad percent sequence', 'state=%zz'],
    ['a line break', 'state=a%0D%0Ab'],
    ['DEL', 'state=%7F'],
    ['a letter beyond ASCII', 'state=a%C3%BC'],
    ['a letter beyond ASCII at the start', 'state=%C3%BCa'],
  ])('AUT-04 and AUT-20 return no state for %s', (_case, text) => {
    expect(readState(parse(text))).toBeUndefined();
  });

  it('AUT-35 shows a page for an over-long state', () => {
    expect(authorizationRefusal(() => readState(parse(`state=${'s'.repeat(2049)}`)))).toStrictEqual(
      page('state_too_long', 'state is too long'),
    );
  });
});
