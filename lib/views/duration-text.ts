const UNITS = [
  ['year', 31_536_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** A duration in the largest unit that holds it, rounded down, as the language writes it: `1 year`, `30 Tage`. English where ICU lacks the language. */
export function durationText(seconds: number, language = 'en'): string {
  const [unit, length] = UNITS.find(([, least]) => seconds >= least) ?? ['second', 1];
  const format = new Intl.NumberFormat([language, 'en'], { style: 'unit', unit, unitDisplay: 'long' });
  return format.format(Math.floor(seconds / length));
}
