const UNITS = [
  ['year', 31_536_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** A duration in the largest unit that holds it, rounded down: `1 year`, `30 days`. */
export function durationText(seconds: number): string {
  const [unit, length] = UNITS.find(([, least]) => seconds >= least) ?? ['second', 1];
  const count = Math.floor(seconds / length);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
