import { describe, expect, it } from 'vitest';
import { OAuthError } from '../../../lib/protocol/oauth-error.js';

class SampleError extends OAuthError {
  override readonly code = 'sample_code';
}

describe('OAuthError', () => {
  it('TOK-08 has exactly the two members of the OAuth error shape as its body', () => {
    const error = new SampleError('The sample is not valid', { reason: 'sample_used', cause: new Error('database') });
    expect(error.toBody()).toStrictEqual({ error: 'sample_code', error_description: 'The sample is not valid' });
  });

  it('TOK-08 is answered with 400 unless a status is named', () => {
    expect(new SampleError('No').status).toBe(400);
    expect(new SampleError('No', { status: 413 }).status).toBe(413);
  });

  it('keeps the private reason for the log, and falls back to the code', () => {
    expect(new SampleError('No', { reason: 'sample_used' }).reason).toBe('sample_used');
    expect(new SampleError('No').reason).toBe('sample_code');
  });

  it('is an Error that is called by the name of its class', () => {
    const error = new SampleError('No');
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('SampleError');
    expect(error.message).toBe('No');
  });

  it('keeps the failure underneath, and has no cause of its own', () => {
    const cause = new Error('underneath');
    expect(new SampleError('No', { cause }).cause).toBe(cause);
    expect(Object.hasOwn(new SampleError('No'), 'cause')).toBe(false);
  });

  it.each([
    ['a quote', 'say "no"', 'say ?no?'],
    ['a backslash', 'a\\b', 'a?b'],
    ['a line break', 'a\r\nb', 'a??b'],
    ['a tab', 'a\tb', 'a?b'],
    ['DEL', 'a\u007fb', 'a?b'],
    ['a letter beyond ASCII', 'nötig', 'n?tig'],
  ])('AUT-22 replaces %s in a description', (_case, given, sent) => {
    expect(new SampleError(given).toBody().error_description).toBe(sent);
  });

  it('AUT-22 keeps every allowed character of a description', () => {
    const codes = Array.from({ length: 0x5f }, (_unused, index) => 0x20 + index).filter(
      (c) => c !== 0x22 && c !== 0x5c,
    );
    const allowed = String.fromCharCode(...codes);
    expect(new SampleError(allowed).message).toBe(allowed);
  });
});
