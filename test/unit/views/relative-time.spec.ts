import { expect, it } from 'vitest';
import { relativeTime } from '../../../lib/views/relative-time.js';

const NOW = new Date('2026-11-24T12:00:00Z');

it.each([
  [0, 'en', 'this minute'],
  [-29, 'en', 'this minute'],
  [-60, 'en', '1 minute ago'],
  [-3599, 'en', '60 minutes ago'],
  [-3600, 'en', '1 hour ago'],
  [-86_400, 'en', 'yesterday'],
  [2_591_999, 'en', 'in 30 days'],
  [2_592_000, 'en', 'next month'],
  [31_536_000, 'de', 'nächstes Jahr'],
  [-7200, 'de', 'vor 2 Stunden'],
  [-7200, 'tlh', '2 hours ago'],
])('writes %d seconds from now in %s', (seconds, language, text) => {
  expect(relativeTime(new Date(NOW.getTime() + seconds * 1000), NOW, language)).toBe(text);
});
