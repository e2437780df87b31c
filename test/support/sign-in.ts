import { Browser, readConsentForm, refreshTarget } from './browser.js';

/** Somebody who is signed in at the test application, approves what is asked, and ends up at the client. */
export function signInAs(origin: string, userId = 'ada'): (authorizationUrl: string) => Promise<string> {
  return async (authorizationUrl) => {
    const browser = new Browser(origin).signIn(userId);
    const page = await browser.get(authorizationUrl);
    const location = page.headers.get('location');
    if (location !== null) return location;
    const heading = /<h1[^>]*>(.*?)<\/h1>/s.exec(page.text)?.[1]?.trim();
    if (page.status !== 200) throw new Error(`the page says ${page.status} ${heading ?? page.text.slice(0, 200)}`);
    const { action, fields, scopes } = readConsentForm(page.text);
    const decided = await browser.post(action, { ...fields, scopes, approved: 'true' });
    const target = refreshTarget(decided.text);
    if (target === undefined) throw new Error(`the decision is answered with ${decided.status}`);
    return target;
  };
}
