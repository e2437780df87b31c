/** One answer as a test reads it. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A browser without a screen: keeps cookies of one origin, follows nothing by itself. */
export class Browser {
  readonly cookies = new Map<string, string>();

  constructor(readonly origin: string) {}

  /** As if the host's login page had set its session cookie. */
  signIn(userId: string): this {
    this.cookies.set('session', userId);
    return this;
  }

  async get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send(url, { headers });
  }

  async post(
    url: string,
    form: Record<string, string | readonly string[]>,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const body = new URLSearchParams(
      Object.entries(form).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one])),
    );
    return this.send(url, { method: 'POST', body, headers });
  }

  private async send(
    url: string,
    init: Omit<RequestInit, 'headers'> & { headers: Record<string, string> },
  ): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(new URL(url, this.origin), {
      ...init,
      redirect: 'manual',
      headers: { ...init.headers, ...(cookie === '' ? {} : { cookie }) },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(line) ?? [];
      this.cookies.set(name, value);
    }
    return { status: response.status, headers: response.headers, text: await response.text() };
  }
}

/** The first form of a page, which is the one that approves on the consent page: where it goes, its hidden fields, and the scopes that can be ticked. */
export function readConsentForm(html: string): { action: string; fields: Record<string, string>; scopes: string[] } {
  const form = /<form\b.*?<\/form>/s.exec(html)?.[0] ?? '';
  const action = unescape(/<form[^>]*action="([^"]*)"/.exec(form)?.[1] ?? '');
  const inputs = [...form.matchAll(/<input\b[^>]*>/g)].map(([tag]) => ({
    name: unescape(/name="([^"]*)"/.exec(tag)?.[1] ?? ''),
    value: unescape(/value="([^"]*)"/.exec(tag)?.[1] ?? ''),
    type: /type="([^"]*)"/.exec(tag)?.[1],
  }));
  const fields = Object.fromEntries(
    inputs.filter(({ type }) => type === 'hidden').map(({ name, value }) => [name, value]),
  );
  const scopes = inputs.filter(({ name, type }) => name === 'scopes' && type === 'checkbox').map(({ value }) => value);
  return { action, fields, scopes };
}

/** The choice of an organisation on a consent page: where it goes, its hidden fields, and what can be chosen: labels by id. */
export function readOrganisationForm(html: string): {
  action: string;
  fields: Record<string, string>;
  offers: Record<string, string>;
} {
  const form = /<form[^>]*select-organisation.*?<\/form>/s.exec(html)?.[0] ?? '';
  const { action, fields } = readConsentForm(form);
  const buttons = html.matchAll(
    /<button[^>]*form="organisation" name="organisation" value="([^"]*)"[^>]*><bdi>(.*?)<\/bdi>/gs,
  );
  const offers = [...buttons].map(([, id = '', label = '']) => [unescape(id), unescape(label)] as const);
  return { action, fields, offers: Object.fromEntries(offers) };
}

/** Where a page moves on to by itself. */
export function refreshTarget(html: string): string | undefined {
  const content = /<meta[^>]*http-equiv="refresh"[^>]*content="([^"]*)"/.exec(html)?.[1];
  return content === undefined
    ? undefined
    : unescape(content)
        .replace(/^\d+;\s*url=/i, '')
        .replace(/^'(.*)'$/, '$1');
}

function unescape(text: string): string {
  return text
    .replace(/&#x([0-9a-f]+);/gi, (_match, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .replace(/&#(\d+);/g, (_match, decimal: string) => String.fromCodePoint(Number(decimal)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}
