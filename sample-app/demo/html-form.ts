const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
  '#x27': "'",
  '#x3D': '=',
};

export interface HtmlForm {
  readonly action: string;
  /** Name and value of what a browser would send: hidden and text fields, and the boxes that are checked. */
  readonly fields: readonly (readonly [string, string])[];
}

/** The first form of a page that posts. Enough for pages whose markup we know; no HTML parser. */
export function readForm(page: string): HtmlForm | undefined {
  const form = /<form\b([^>]*)>(.*?)<\/form>/s.exec(page);
  const [, start = '', content = ''] = form ?? [];
  const { method, action } = attributes(start);
  if (form === null || method?.toLowerCase() !== 'post') return undefined;
  const inputs = [...content.matchAll(/<input\b([^>]*)>/g)].map(([, text = '']) => attributes(text));
  const sent = inputs.filter(({ type, checked }) => type !== 'checkbox' || checked !== undefined);
  const fields = sent.flatMap(({ name, value }) => (name === undefined ? [] : [[name, value ?? ''] as const]));
  return { action: action ?? '', fields };
}

/** Where the page sends the browser by itself. */
export function readRefresh(page: string): string | undefined {
  for (const [, text = ''] of page.matchAll(/<meta\b([^>]*)>/g)) {
    const meta = attributes(text);
    if (meta['http-equiv']?.toLowerCase() === 'refresh') return /url=(.*)$/is.exec(meta['content'] ?? '')?.[1]?.trim();
  }
  return undefined;
}

function attributes(text: string): Readonly<Record<string, string | undefined>> {
  const found = text.matchAll(/([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g);
  return Object.fromEntries(
    [...found].map(([, name = '', a, b, c]) => [name.toLowerCase(), decode(a ?? b ?? c ?? '')]),
  );
}

function decode(text: string): string {
  return text.replaceAll(/&(#?\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole);
}
