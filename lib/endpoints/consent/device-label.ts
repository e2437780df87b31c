import Bowser from 'bowser';

/** Longest `User-Agent` that is looked at. */
const MAX_LENGTH = 512;

const BROWSERS: readonly string[] = Object.values(Bowser.BROWSER_MAP);
const SYSTEMS: readonly string[] = Object.values(Bowser.OS_MAP);

/**
 * Browser and system by a `User-Agent`, for the person who has to recognise it: `Firefox, Linux`. Only names of a fixed list; undefined where
 * neither is known. What it is worth is what any browser may claim: nothing is decided by it.
 */
export function deviceLabel(userAgent: string | undefined): string | undefined {
  if (userAgent === undefined || userAgent === '' || userAgent.length > MAX_LENGTH) return undefined;
  const parser = Bowser.getParser(userAgent);
  const known = [
    ...BROWSERS.filter((name) => name === parser.getBrowserName()),
    ...SYSTEMS.filter((name) => name === parser.getOSName()),
  ];
  return known.length === 0 ? undefined : known.join(', ');
}
