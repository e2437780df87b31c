import { describe, expect, it } from 'vitest';
import { assertRegistrableRedirectUri, redirectUriMatches } from '../../../lib/protocol/redirect-uri.js';
import { ALLOWED_PAIRS, REFUSED_PAIRS, REGISTRABLE, UNREGISTRABLE } from '../../support/redirect-uri-table.js';
import { refusal } from './refusal.js';

const SCHEMES = ['cursor', 'vscode', 'vscode-insiders'];

describe('the table of redirect URIs', () => {
  it('is as long as it should be, and says nothing twice', () => {
    expect(ALLOWED_PAIRS.length + REFUSED_PAIRS.length).toBeGreaterThanOrEqual(80);
    expect(REFUSED_PAIRS.length).toBeGreaterThan(ALLOWED_PAIRS.length);
    for (const rows of [ALLOWED_PAIRS, REFUSED_PAIRS, REGISTRABLE, UNREGISTRABLE]) {
      const texts = rows.map(([, ...uris]) => JSON.stringify(uris));
      expect(texts.filter((text, index) => texts.indexOf(text) !== index)).toEqual([]);
    }
  });

  it.each(ALLOWED_PAIRS)('AUT-08 AUT-09 AUT-10 allows %s: %j and %j', (_why, registered, requested) => {
    expect(redirectUriMatches(registered, requested)).toBe(true);
  });

  it.each(REFUSED_PAIRS)('AUT-08 AUT-09 AUT-10 refuses %s: %j and %j', (_why, registered, requested) => {
    expect(redirectUriMatches(registered, requested)).toBe(false);
    expect(redirectUriMatches(requested, registered)).toBe(false);
  });

  it.each(REGISTRABLE)('REG-10 REG-11 lets clients register %s: %j', (_why, uri) => {
    expect(() => assertRegistrableRedirectUri(uri, SCHEMES)).not.toThrow();
  });

  it.each(REFUSED_PAIRS)('REG-10 compares with nothing that could not be registered (%s: %j)', (_why, registered) => {
    expect(() => assertRegistrableRedirectUri(registered, SCHEMES)).not.toThrow();
  });

  it.each(UNREGISTRABLE)('REG-09 REG-10 REG-11 lets no client register %s: %j', (_why, uri, fault) => {
    expect(refusal(() => assertRegistrableRedirectUri(uri, SCHEMES)).reason).toBe(`redirect_uri_${fault}`);
  });

  it.each(UNREGISTRABLE.filter(([, , fault]) => fault === 'scheme_forbidden'))(
    'REG-11 lets no client register %s, not even when its scheme is on the list: %j',
    (_why, uri) => {
      const scheme = uri.slice(0, uri.indexOf(':'));
      const listed = [scheme, scheme.toLowerCase()];
      expect(refusal(() => assertRegistrableRedirectUri(uri, listed)).reason).toBe('redirect_uri_scheme_forbidden');
    },
  );
});
