/** Ways to write a path that one router or another takes for it, or for something below it. Each has to be met with the challenge. */
export function disguises(path: string): readonly string[] {
  const cut = path.lastIndexOf('/');
  const [before, first, rest] = [path.slice(0, cut), path.charAt(cut + 1), path.slice(cut + 2)];
  const hex = first.charCodeAt(0).toString(16);
  return [
    path,
    path.toUpperCase(),
    `${path}/`,
    `${path}//`,
    `/${path}`,
    `${before}//${first}${rest}`,
    `${before}/%${hex}${rest}`,
    `${before}/%${hex.toUpperCase()}${rest}`,
    `${before}/%25${hex}${rest}`,
    `${path}?x=1`,
    `${path}#x`,
    `${path}%23x`,
    `${path}%3fx`,
    `${path};x`,
    `${path};x/y`,
    `${path}%3bx`,
    `${path}%20`,
    `${path}/x`,
    `${path}/x/../tools`,
    `${path}/%2e%2e${path}`,
    `${path}%2fx`,
    `${path}%252fx`,
    `${path}/%zz`,
    `${path}/%ff`,
    `/x/..${path}`,
    `/x/%2e%2e${path}`,
    `/x/%252e%252e${path}`,
    `/.${path}`,
    `/%2e${path}`,
    `/%2f${path.slice(1)}`,
    `/\\${path.slice(1)}`,
    `/%5c${path.slice(1)}`,
    `${path}\\x`,
    `${path}%5cx`,
    `http://evil.example${path}`,
    `http://evil.example/${path}`,
    `HTTP://evil.example${path}`,
    `https://user@evil.example:1${path}?x=1`,
    `http://evil.example/x/..${path}`,
  ];
}

/** Ways that routers refuse by themselves. Whatever they answer, no handler may run. */
export function malformed(path: string): readonly string[] {
  const encoded = `/%${path.charCodeAt(1).toString(16)}${path.slice(2)}`;
  return [
    path.slice(1),
    `\\${path.slice(1)}`,
    `${path}\t`,
    `${path}%00`,
    `${encoded}/%zz`,
    `${encoded}/%ff`,
    `${encoded}/%c0%af`,
    `http://evil.example?x${path}`,
    `http://evil.example?${path}`,
    `http://evil.example#${path}`,
    `http:${path}`,
    `http://${path.slice(1)}`,
    '*',
  ];
}
