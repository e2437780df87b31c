import { DEMO_ACCOUNTS, type DemoAccount } from '../../sample-app/demo-accounts.js';
import { type Answer, Browser, readConsentForm, refreshTarget } from './browser.js';

export type PersonName = 'ada' | 'grace';

export interface Decision {
  /** @default true */
  readonly approved?: boolean;
  /** Boxes left ticked. @default all that the page offers */
  readonly scopes?: readonly string[];
}

/** Pages and redirects until the browser leaves the site; more than this is a loop. */
const MAX_HOPS = 12;

/** Somebody with a demo account of the sample app and a browser: signs in with the real form, answers the real consent page. */
export class SamplePerson {
  readonly browser: Browser;
  /** What each consent page offered, in order. */
  readonly consents: { readonly html: string; readonly optionalScopes: readonly string[] }[] = [];
  /** How often the login form was filled in. */
  logins = 0;
  private readonly account: DemoAccount;

  constructor(
    readonly origin: string,
    name: PersonName = 'ada',
  ) {
    const account = DEMO_ACCOUNTS.find(({ id }) => id === `user-${name}`);
    if (!account) throw new Error(`There is no demo account ${name}`);
    this.account = account;
    this.browser = new Browser(origin);
  }

  get userId(): string {
    return this.account.id;
  }

  /** Opens the address a client gave out, and goes all the way to where the client waits. */
  async authorize(url: URL | string, decision: Decision = {}): Promise<URL> {
    let answer = await this.browser.get(String(url));
    for (let hop = 0; hop < MAX_HOPS; hop++) {
      const next = nextAddress(answer, this.origin);
      // Compared as text: a browser without a client behind it stops at the client's own address.
      if (next !== undefined && !next.href.startsWith(`${this.origin}/`)) return next;
      answer = next === undefined ? await this.fillIn(answer, decision) : await this.browser.get(next.href);
    }
    throw new Error('The browser is sent round in circles');
  }

  private fillIn(page: Answer, decision: Decision): Promise<Answer> {
    if (page.text.includes('name="password"')) return this.signIn(page);
    if (page.text.includes('name="approved"')) return this.decide(page, decision);
    const title = /<h1[^>]*>(.*?)<\/h1>/s.exec(page.text)?.[1]?.trim();
    throw new Error(`The browser is stuck on a page: ${page.status} ${title ?? page.text.slice(0, 300)}`);
  }

  private signIn(page: Answer): Promise<Answer> {
    this.logins++;
    const { action, fields } = readConsentForm(page.text);
    const { email, password } = this.account;
    return this.browser.post(action, { ...fields, email, password });
  }

  private decide(page: Answer, { approved = true, scopes }: Decision): Promise<Answer> {
    const form = readConsentForm(page.text);
    this.consents.push({ html: page.text, optionalScopes: form.scopes });
    const ticked = form.scopes.filter((scope) => scopes?.includes(scope) ?? true);
    return this.browser.post(form.action, { ...form.fields, scopes: ticked, approved: String(approved) });
  }
}

/** Where this answer sends the browser by itself. */
function nextAddress(answer: Answer, origin: string): URL | undefined {
  const target = answer.headers.get('location') ?? refreshTarget(answer.text);
  return target === null || target === undefined ? undefined : new URL(target, origin);
}
