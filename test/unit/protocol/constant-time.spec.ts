import { describe, expect, it } from 'vitest';
import { constantTimeEqual } from '../../../lib/protocol/constant-time.js';

describe('constantTimeEqual', () => {
  it('STO-02 finds equal secrets equal', () => {
    expect(constantTimeEqual('secret', 'secret')).toBe(true);
    expect(constantTimeEqual('', '')).toBe(true);
    expect(constantTimeEqual('schlüssel', 'schlüssel')).toBe(true);
  });

  it.each([
    ['another last character', 'secret', 'secreT'],
    ['a prefix', 'secret', 'secre'],
    ['a trailing blank', 'secret', 'secret '],
    ['an empty secret', 'secret', ''],
    ['another case', 'secret', 'SECRET'],
    ['a composed and a decomposed letter', '\u00fc', 'u\u0308'],
  ])('STO-02 tells %s apart, without failing on unequal lengths', (_case, a, b) => {
    expect(constantTimeEqual(a, b)).toBe(false);
    expect(constantTimeEqual(b, a)).toBe(false);
  });
});
