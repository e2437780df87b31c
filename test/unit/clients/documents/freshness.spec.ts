import { describe, expect, it } from 'vitest';
import { freshForMs } from '../../../../lib/clients/documents/freshness.js';

const NOW = Date.UTC(2026, 10, 24, 12, 0, 0);
const at = (seconds: number) => new Date(NOW + seconds * 1000).toUTCString();
const MINUTE = 60_000;
const DAY = 24 * 3_600_000;

describe('freshForMs', () => {
  it.each([
    ['nothing is said', {}, 5 * MINUTE],
    ['only other things are said', { etag: '"x"', 'last-modified': at(-1e7), date: at(0), age: '5' }, 5 * MINUTE],
    ['a lifetime is said', { 'cache-control': 'max-age=600' }, 600_000],
    ['a lifetime for shared caches is said', { 'cache-control': 'max-age=1, s-maxage=900' }, 900_000],
    ['it has been under way', { 'cache-control': 'max-age=600', age: '100' }, 500_000],
    ['an end is said', { expires: at(1200), date: at(0) }, 1_200_000],
    ['an end is said, and no date', { expires: at(1200) }, 1_200_000],
    ['the server has another clock', { expires: at(4800), date: at(3600) }, 1_200_000],
    ['a lifetime contradicts an end', { 'cache-control': 'max-age=600', expires: at(9000), date: at(0) }, 600_000],
    ['it is forever', { 'cache-control': 'max-age=31536000, immutable' }, DAY],
    ['it is a day', { 'cache-control': 'max-age=86400' }, DAY],
    ['it is a day and a second', { 'cache-control': 'max-age=86401' }, DAY],
    ['it is a minute', { 'cache-control': 'max-age=60' }, MINUTE],
    ['it is a moment', { 'cache-control': 'max-age=1' }, MINUTE],
    ['it is a minute and a second', { 'cache-control': 'max-age=61' }, 61_000],
    ['it must not be kept', { 'cache-control': 'no-store' }, MINUTE],
    ['it must not be kept, and for long', { 'cache-control': 'no-store, max-age=600' }, MINUTE],
    ['it must be asked for each time', { 'cache-control': 'no-cache, max-age=600' }, MINUTE],
    ['it is private', { 'cache-control': 'private, max-age=600' }, MINUTE],
    ['it is over', { expires: '0' }, MINUTE],
    ['it is long over', { expires: at(-3600), date: at(0) }, MINUTE],
    ['an old server says no', { pragma: 'no-cache' }, MINUTE],
    ['nonsense is said', { 'cache-control': 'max-age=x' }, MINUTE],
    ['something negative is said', { 'cache-control': 'max-age=-5' }, MINUTE],
    ['everything varies', { 'cache-control': 'max-age=600', vary: '*' }, MINUTE],
  ])('CMD-14 when %s', (_case, headers: Record<string, string>, expected) => {
    expect(freshForMs(headers, NOW)).toBe(expected);
  });

  it('CMD-14 does not mind headers that come several times', () => {
    expect(freshForMs({ 'cache-control': 'max-age=600', 'set-cookie': ['a=b', 'c=d'] }, NOW)).toBe(600_000);
  });
});
