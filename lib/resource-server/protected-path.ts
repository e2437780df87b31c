/**
 * Whether a path, read the way some router may read it, lies at or below `base`. Routers differ in case, encoding, slashes, dots and
 * parameters; every reading counts, because a path too many that needs a token harms nobody and one too few opens the server.
 */
export function isAtOrBelow(path: string, base: string): boolean {
  const wanted = base.toLowerCase();
  return readings(path).some((reading) => reading === wanted || reading.startsWith(`${wanted}/`));
}

function readings(path: string): readonly string[] {
  const once = decode(path);
  return [path, once, decode(once)].flatMap((text) => {
    const plain = collapse(text);
    return [plain, collapse(withoutParameters(plain)), resolveDots(withoutParameters(plain))];
  });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function collapse(text: string): string {
  return text
    .toLowerCase()
    .replaceAll('\\', '/')
    .replace(/\/{2,}/g, '/');
}

/** `/mcp;x` is `/mcp` to routers that know path parameters, and `/mcp?x` or `/mcp#x` once decoded. */
function withoutParameters(text: string): string {
  return text
    .split('/')
    .map((segment) => segment.replace(/[;?#].*$/s, '').trim())
    .join('/');
}

function resolveDots(text: string): string {
  const resolved: string[] = [];
  for (const segment of text.split('/')) {
    if (segment === '..') resolved.pop();
    else if (segment !== '.' && segment !== '') resolved.push(segment);
  }
  return `/${resolved.join('/')}`;
}
