const LONGEST = 2048;

/**
 * Where to go after signing in: a path on this origin, or `/`.
 *
 * Browsers read `//host`, `/\host` and either with a tab in between as another site, and a proxy that decodes once more sees
 * what was encoded. So the path is taken only if it means the same under every reading.
 */
export function safeReturnPath(value: unknown): string {
  return typeof value === 'string' && isOwnPath(value) ? value : '/';
}

function isOwnPath(value: string): boolean {
  if (value.length > LONGEST || !/^\/[!-~]*$/.test(value) || value.includes('\\')) return false;
  const [path = ''] = value.split(/[?#]/, 1);
  return everyReading(path).every((reading) => reading !== undefined && isPlainPath(reading));
}

function isPlainPath(path: string): boolean {
  if (!/^\/(?!\/)[^\\]*$/.test(path) || path.includes('//') || /\p{Cc}/u.test(path)) return false;
  return URL.canParse(path, 'https://own.invalid') && new URL(path, 'https://own.invalid').host === 'own.invalid';
}

/** The path as written, decoded once, twice and three times; `undefined` for what does not decode. */
function everyReading(path: string): readonly (string | undefined)[] {
  const readings: (string | undefined)[] = [path];
  for (let depth = 0; depth < 3; depth++) {
    const previous = readings.at(-1);
    readings.push(previous === undefined ? undefined : decode(previous));
  }
  return readings;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
