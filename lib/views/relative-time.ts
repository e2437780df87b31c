const UNITS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** A time as seen from another, rounded, as the language writes it: `2 hours ago`, `in 30 days`. English where ICU lacks the language. Needs no time zone, which the server does not know. */
export function relativeTime(at: Date, now: Date, language: string): string {
  const seconds = (at.getTime() - now.getTime()) / 1000;
  const [unit, length] = UNITS.find(([, least]) => Math.abs(seconds) >= least) ?? ['minute', 60];
  return new Intl.RelativeTimeFormat([language, 'en'], { numeric: 'auto' }).format(Math.round(seconds / length), unit);
}
