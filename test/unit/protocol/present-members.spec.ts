import { describe, expect, it } from 'vitest';
import { presentMembers } from '../../../lib/protocol/present-members.js';

interface Sample {
  readonly a: string;
  readonly b?: string;
  readonly c?: number;
}

describe('presentMembers', () => {
  it('REG-05 leaves out what is undefined and nothing else', () => {
    const sample = presentMembers<Sample>({ a: '', b: undefined, c: 0 });
    expect(Object.keys(sample)).toStrictEqual(['a', 'c']);
    expect(sample).toStrictEqual({ a: '', c: 0 });
  });
});
