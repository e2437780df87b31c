import { describe, expect, it } from 'vitest';
import { readPresentedCredentials } from '../../../../lib/clients/authentication/presented-credentials.js';
import { FormParameters } from '../../../../lib/protocol/form-parameters.js';
import { ASSERTION_TYPE, ClientSigner } from '../../../support/client-signer.js';
import { refusal } from '../../protocol/refusal.js';

const signer = new ClientSigner('ES256');
const basic = (id: string, secret: string) => `Basic ${btoa(`${id}:${secret}`)}`;
const present = (form: Readonly<Record<string, string>>, authorization?: string) =>
  readPresentedCredentials(FormParameters.parse(new URLSearchParams(form).toString()), authorization);

const FAILED = { type: 'InvalidClientError', description: 'Client authentication failed' };
const SEVERAL = {
  type: 'InvalidRequestError',
  reason: 'client_auth_several',
  description: 'Use one client authentication method',
};
const DIFFERS = {
  type: 'InvalidRequestError',
  reason: 'client_id_differs',
  description: 'client_id differs from the authenticated client',
};

describe('readPresentedCredentials', () => {
  const assertion = signer.form('a', 'https://app.example');

  it('CAU-02 CAU-03 CAU-07 CAU-08 recognises each method by what it needs', () => {
    expect(present({ client_id: 'a' })).toEqual({ method: 'none', clientId: 'a' });
    expect(present({ client_id: 'a', client_secret: 's' })).toEqual({
      method: 'client_secret_post',
      clientId: 'a',
      secret: 's',
    });
    expect(present({}, basic('a', 's'))).toEqual({ method: 'client_secret_basic', clientId: 'a', secret: 's' });
    expect(present(assertion)).toEqual({
      method: 'private_key_jwt',
      clientId: 'a',
      assertion: {
        jwt: assertion['client_assertion'],
        header: { alg: 'ES256', kid: signer.kid },
        claims: expect.objectContaining({ iss: 'a', sub: 'a', aud: 'https://app.example' }),
        clientId: 'a',
      },
    });
  });

  it('CAU-07 wants a name', () => {
    expect(refusal(() => present({}))).toEqual({ ...FAILED, reason: 'client_id_missing' });
    expect(refusal(() => present({ client_secret: 's' }))).toEqual({ ...FAILED, reason: 'client_id_missing' });
  });

  it('CAU-06 CAU-08 lets client_id be left out beside credentials, but not differ', () => {
    for (const [form, authorization] of [
      [{}, basic('a', 's')],
      [assertion, undefined],
    ] as const) {
      expect(present({ ...form, client_id: 'a' }, authorization).clientId).toBe('a');
      expect(present({ ...form, client_id: '' }, authorization).clientId).toBe('a');
      expect(refusal(() => present({ ...form, client_id: 'b' }, authorization))).toEqual(DIFFERS);
    }
  });

  it.each([
    ['header and secret', { client_secret: 's' }, basic('a', 's')],
    ['header and assertion', assertion, basic('a', 's')],
    ['header and the type of an assertion', { client_assertion_type: ASSERTION_TYPE }, basic('a', 's')],
    ['secret and assertion', { ...assertion, client_secret: 's', client_id: 'a' }, undefined],
    ['secret and half an assertion', { client_assertion: 'x', client_secret: 's', client_id: 'a' }, undefined],
    ['all three', { ...assertion, client_secret: 's' }, basic('a', 's')],
  ])('CAU-05 refuses %s', (_what, form, authorization) => {
    expect(refusal(() => present(form, authorization))).toEqual(SEVERAL);
  });

  it('CAU-05 counts no mechanism that is empty', () => {
    expect(present({ client_id: 'a', client_secret: '', client_assertion: '', client_assertion_type: '' })).toEqual({
      method: 'none',
      clientId: 'a',
    });
  });

  it.each([
    ['a type without an assertion', { client_assertion_type: ASSERTION_TYPE }, 'client_assertion_missing'],
    ['an assertion without a type', { client_assertion: 'x' }, 'client_assertion_type'],
    ['a foreign type', { client_assertion: 'x', client_assertion_type: 'y' }, 'client_assertion_type'],
  ])('CAU-08 refuses %s, whatever client_id says', (_what, form, reason) => {
    expect(refusal(() => present({ ...form, client_id: 'a' }))).toEqual({ ...FAILED, reason });
  });
});
