import { describe, expect, it } from 'vitest';
import { comesFromOwnPage } from '../../../sample-app/users/same-site-form.js';

const BASE = 'https://notes.example';

describe('a form post to the login page', () => {
  it.each([
    ['a browser on our page', { 'sec-fetch-site': 'same-origin', origin: 'http://localhost:3000' }],
    ['an older browser on our page', { origin: BASE, host: 'inner:3000' }],
    [
      'an older browser under another name of this machine',
      { origin: 'http://localhost:3000', host: 'localhost:3000' },
    ],
    ['a program', {}],
  ])('is accepted from %s', (_case, headers) => {
    expect(comesFromOwnPage(headers, BASE)).toBe(true);
  });

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['a sibling domain', { 'sec-fetch-site': 'same-site', origin: 'https://www.notes.example' }],
    ['another site that a careless proxy repeats as ours', { 'sec-fetch-site': 'cross-site', origin: BASE }],
    ['another site in an older browser', { origin: 'https://evil.example', host: 'notes.example' }],
    ['a page without an origin', { origin: 'null', host: 'notes.example' }],
    ['the same name on another port', { origin: 'http://localhost:4000', host: 'localhost:3000' }],
  ])('login CSRF: is refused from %s', (_case, headers) => {
    expect(comesFromOwnPage(headers, BASE)).toBe(false);
  });
});
