import type { Answer, Browser } from './browser.js';

export const PAGE = '/oauth/connected-apps';
export const DATA = '/oauth/connected-apps.json';

/** A connection as the JSON twin lists it. */
export interface ListedApp {
  readonly id: string;
  readonly client_id: string;
  readonly scopes: readonly { readonly name: string; readonly removable: boolean }[];
  readonly [member: string]: unknown;
}

/** The list of whoever is signed in, and the token to change it with. */
export async function listApps(browser: Browser): Promise<{ csrf_token: string; connected_apps: ListedApp[] }> {
  const answer = await browser.get(DATA);
  if (answer.status !== 200) throw new Error(`no list: ${answer.status} ${answer.text}`);
  return JSON.parse(answer.text) as { csrf_token: string; connected_apps: ListedApp[] };
}

/** The hidden fields of the first form, which every form of the page has. */
export function hiddenFields({ text }: Answer): { csrf_token: string; request?: string } {
  const value = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1];
  const request = value('request');
  return { csrf_token: value('csrf_token') ?? '', ...(request === undefined ? {} : { request }) };
}

/** The ids of the connections on the page, from the top. */
export function shownApps({ text }: Answer): string[] {
  return [...text.matchAll(/name="connected_app" value="([^"]*)"/g)]
    .map(([, id = '']) => id)
    .filter((id, index, all) => all.indexOf(id) === index);
}
