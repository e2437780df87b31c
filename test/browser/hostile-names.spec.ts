import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redirectTarget } from '../../lib/protocol/redirect-uri.js';
import { ViewRenderer } from '../../lib/views/view-renderer.js';
import { launchChromium, openWindow, type Window } from '../support/chromium.js';
import { HOSTILE_NAMES, type HostileName, NOT_REGISTERED } from '../support/hostile-names.js';
import { OAuthWalk, REDIRECT_URI } from '../support/oauth-walk.js';
import { type SampleApp, startSampleApp } from '../support/sample-app-process.js';
import { signIn } from '../support/sample-visit.js';
import { consentView } from '../unit/views/consent-fixture.js';

/** What no text on the page may hold: controls but the line break of `innerText`, bidi characters, and what nobody sees. */
const HIDDEN = /(?!\n|\u200c|\u200d|\ufe0e|\ufe0f)[\p{C}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800]/u;
const PIXELS = 320;

/** What a look at the page finds, as its own script sees it: the policy of the page allows no other. */
interface Look {
  readonly title: string;
  readonly heading: string;
  readonly headingHeight: number;
  readonly name: string;
  readonly text: string;
  readonly width: number;
  readonly height: number;
  /** Elements by tag. */
  readonly tags: Readonly<Record<string, number>>;
  readonly handlers: readonly string[];
  readonly links: readonly string[];
  /** Whether what a person needs stands on top where it is. */
  readonly covered: readonly string[];
}

const LOOK = `(() => {
  const all = [...document.querySelectorAll('*')];
  const tags = {};
  for (const { localName } of all) tags[localName] = (tags[localName] ?? 0) + 1;
  const heading = document.querySelector('h1');
  const onTop = (element) => {
    element.scrollIntoView({ block: 'center' });
    const { x, y, width, height } = element.getBoundingClientRect();
    const found = document.elementFromPoint(x + width / 2, y + height / 2);
    return element.contains(found) || found?.contains(element);
  };
  const needed = [...document.querySelectorAll('.caution h2, .caution li, .facts dd, .actions button:first-child, .badge')];
  return {
    title: document.title,
    heading: heading.innerText,
    headingHeight: heading.getBoundingClientRect().height,
    name: heading.querySelector('bdi').textContent,
    text: document.body.innerText,
    width: document.documentElement.scrollWidth,
    height: document.documentElement.scrollHeight,
    tags,
    handlers: all.flatMap(({ attributes }) => [...attributes].map(({ name }) => name)).filter((name) => /^on|^style$|^srcdoc$/.test(name)),
    links: [...document.querySelectorAll('a')].map(({ href }) => href),
    covered: needed.filter((element) => !onTop(element)).map(({ innerText }) => innerText),
  };
})()`;

describe('what a client calls itself, on the consent page in Chromium', () => {
  let host: SampleApp;
  let browser: Browser;
  let window: Window;
  let walk: OAuthWalk;
  let plain: Look;
  const foreign: string[] = [];
  const look = (page: Page) => page.evaluate<Look>(LOOK);

  beforeAll(async () => {
    [host, browser] = await Promise.all([startSampleApp({ adapter: 'express' }), launchChromium()]);
    walk = new OAuthWalk(host.origin);
    window = await openWindow(browser, { viewport: { width: PIXELS, height: 640 } });
    window.page.on('request', (request) => {
      if (!request.url().startsWith(host.origin) && !request.url().startsWith('http://view.test/'))
        foreign.push(request.url());
    });
    window.page.on('dialog', (dialog) => {
      foreign.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    const { client_id } = await walk.register({ client_name: 'Plain' });
    await window.page.goto(host.origin + walk.authorizeUrl(client_id));
    await signIn(window.page);
    await window.page.getByRole('button', { name: 'Allow', exact: true }).waitFor();
    plain = await look(window.page);
  });
  afterAll(async () => {
    await browser.close();
    await host.close();
  });

  /** Registers the client and opens its page; where registration refuses it, the page as it would be without that. */
  async function open({
    what: _what,
    redirect_uri = REDIRECT_URI,
    ...metadata
  }: HostileName): Promise<'registered' | 'refused'> {
    const response = await fetch(`${host.origin}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...metadata, redirect_uris: [redirect_uri], token_endpoint_auth_method: 'none' }),
    });
    const { client_id } = (await response.json()) as { client_id?: string };
    if (client_id !== undefined) {
      await window.page.goto(host.origin + walk.authorizeUrl(client_id, { redirect_uri }));
      return 'registered';
    }
    expect(response.status).toBe(400);
    const view = consentView({
      clientName: metadata.client_name ?? '',
      verified: false,
      authorizationParams: { client_id: 'client-1', redirect_uri },
      redirectTarget: redirectTarget(REDIRECT_URI),
      resourceName: 'Notes',
      ...(metadata.client_uri === undefined ? {} : { clientUri: metadata.client_uri }),
    });
    const views = new ViewRenderer();
    await window.page.route('http://view.test/**', (route) =>
      route.fulfill({ body: views.consent(view), headers: { ...views.consentHeaders } }),
    );
    await window.page.goto('http://view.test/');
    return 'refused';
  }

  it('there are more than forty', () => {
    expect(HOSTILE_NAMES.length).toBeGreaterThan(40);
    expect(new Set(HOSTILE_NAMES.map(({ what }) => what)).size).toBe(HOSTILE_NAMES.length);
  });

  it.each(HOSTILE_NAMES)('CON-11 $what: harmless', async (hostile) => {
    const [complaints, requests] = [window.complaints.length, foreign.length];
    const way = await open(hostile);
    expect(way).toBe(NOT_REGISTERED.includes(hostile.what) ? 'refused' : 'registered');
    const seen = await look(window.page);
    expect(HIDDEN.exec(seen.text + seen.title)?.[0]).toBeUndefined();
    expect(seen.text).not.toMatch(/\p{M}{4}/u);
    expect(Array.from(seen.name).length).toBeLessThanOrEqual(80);
    expect(seen.heading).toMatch(/ wants\sto\sconnect\sto\sNotes$/);
    expect(seen.width).toBeLessThanOrEqual(PIXELS);
    expect(seen.headingHeight).toBeLessThan(700);
    expect(seen.covered).toEqual([]);
    expect(seen.handlers).toEqual([]);
    if (way === 'registered') {
      // A website adds its link and words around it; a borrowed name and a foreign host add a line of warning each.
      const optional = ['a', 'bdi', 'span', 'li'];
      const rest = (tags: Look['tags']) =>
        Object.fromEntries(Object.entries(tags).filter(([tag]) => !optional.includes(tag)));
      expect(rest(seen.tags)).toEqual(rest(plain.tags));
      for (const tag of optional) expect((seen.tags[tag] ?? 0) - (plain.tags[tag] ?? 0)).toBeLessThanOrEqual(2);
      expect(seen.height).toBeLessThan(plain.height + 1500);
    }
    for (const tag of ['script', 'img', 'iframe', 'base', 'link', 'object']) expect(seen.tags[tag] ?? 0).toBe(0);
    for (const link of seen.links) expect(link).toMatch(/^https:\/\/[a-z0-9.-]+\/|^http:\/\/127\.0\.0\.1:\d+\/oauth\//);
    expect(seen.text).not.toMatch(/^49|\b49\b/m);
    expect(window.complaints.slice(complaints)).toEqual([]);
    expect(foreign.slice(requests)).toEqual([]);
  });
});
