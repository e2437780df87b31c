/** Red, green and blue, 0 to 255. */
type Channels = readonly [number, number, number];

/** What text stands on, in each scheme of the pages; `lib/views/page-style.ts` has the other colours. */
export const CARD = { light: '#ffffff', dark: '#171a21' } as const;

/** WCAG 2.2 §1.4.3, for text of any size. */
export const TEXT_CONTRAST = 4.5;

/** Contrast ratio of two colours `#rrggbb`, 1 to 21 (WCAG 2.2, definition of contrast ratio). */
export function contrast(one: string, other: string): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** So much of the second colour, 0 to 1, mixed into the first. */
export function mixed(colour: string, into: string, share: number): string {
  const other = channels(into);
  const mix = channels(colour).map((value, index) => Math.round(value + ((other[index] ?? 0) - value) * share));
  return `#${mix.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

/** The colour, or the first mixture of it with `into` that text of this colour can be read in on `ground`. */
export function readableOn(ground: string, colour: string, into: string): string {
  const shares = Array.from({ length: 21 }, (_, step) => step / 20);
  const found = shares.find((share) => contrast(mixed(colour, into, share), ground) >= TEXT_CONTRAST);
  return found === undefined ? into : mixed(colour, into, found);
}

function channels(colour: string): Channels {
  const at = (index: number): number => Number.parseInt(colour.slice(index, index + 2), 16);
  return [at(1), at(3), at(5)];
}

/** Relative luminance, 0 to 1 (WCAG 2.2). */
function luminance(colour: string): number {
  const [red, green, blue] = channels(colour);
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function linear(channel: number): number {
  const part = channel / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}
