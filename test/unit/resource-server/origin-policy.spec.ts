import { describe, expect, it } from 'vitest';
import { PublicUrls } from '../../../lib/config/public-urls.js';
import { OriginPolicy } from '../../../lib/resource-server/origin-policy.js';
import { type Given, resolved } from './fixture.js';

function policy(given: Given): OriginPolicy {
  const options = resolved(given);
  return new OriginPolicy(options, new PublicUrls(options));
}

const LOOPBACK = ['http://localhost', 'http://localhost:6274', 'https://127.0.0.1:1', 'http://[::1]:3000'];
const FOREIGN = [
  'https://evil.example',
  'http://localhost.evil.example',
  'http://127.0.0.1.evil.example',
  'http://LOCALHOST',
  'http://localhost/',
  'http://localhost:80',
  'http://user@localhost',
  'null',
  '',
  'localhost',
];

describe('OriginPolicy', () => {
  it('RSG-15 asks programs for no origin, whatever is configured', () => {
    for (const given of [{}, { allowedOrigins: [] }, { baseUrl: 'http://localhost:3000' }]) {
      expect(policy(given).allows(undefined)).toBe(true);
    }
  });

  it('RSG-15 lets every origin call a public server by default', () => {
    for (const origin of [...LOOPBACK, ...FOREIGN]) expect(policy({}).allows(origin)).toBe(true);
  });

  it.each(LOOPBACK)('RSG-15 lets %s call a loopback server', (origin) => {
    expect(policy({ baseUrl: 'http://127.0.0.1:3000' }).allows(origin)).toBe(true);
    expect(policy({ baseUrl: 'https://localhost' }).allows(origin)).toBe(true);
    expect(policy({ baseUrl: 'http://[::1]:3000' }).allows(origin)).toBe(true);
  });

  it.each(FOREIGN)('RSG-15 keeps %j from a loopback server', (origin) => {
    expect(policy({ baseUrl: 'http://127.0.0.1:3000' }).allows(origin)).toBe(false);
  });

  it('RSG-15 lets a loopback server call itself', () => {
    expect(policy({ baseUrl: 'http://127.0.0.1:3000' }).allows('http://127.0.0.1:3000')).toBe(true);
  });

  it('RSG-15 goes by the list where there is one, and by nothing else', () => {
    const listed = policy({ baseUrl: 'http://localhost:3000', allowedOrigins: ['https://one.example'] });
    expect(listed.allows('https://one.example')).toBe(true);
    for (const origin of [...LOOPBACK, ...FOREIGN, 'http://localhost:3000']) expect(listed.allows(origin)).toBe(false);
    expect(policy({ allowedOrigins: [] }).allows('https://one.example')).toBe(false);
  });

  it('RSG-15 takes an asterisk for everybody, on a loopback server too', () => {
    const open = policy({ baseUrl: 'http://localhost:3000', allowedOrigins: '*' });
    for (const origin of FOREIGN) expect(open.allows(origin)).toBe(true);
  });
});
