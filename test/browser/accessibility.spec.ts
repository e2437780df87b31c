import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from '../support/axe.js';
import { launchChromium, navigationTo, openWindow } from '../support/chromium.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { PageGallery, SCENE_NAMES, type SceneName } from '../support/page-gallery.js';
import { type SampleApp, startSampleApp } from '../support/sample-app-process.js';

const WAYS: readonly (readonly [string, BrowserContextOptions])[] = [
  ['in a light window', { colorScheme: 'light' }],
  ['in a dark window', { colorScheme: 'dark' }],
  ['on 320 pixels', { viewport: { width: 320, height: 640 } }],
  ['in forced colours', { forcedColors: 'active' }],
  ['with little motion', { reducedMotion: 'reduce' }],
  ['in German', { locale: 'de-DE' }],
  ['in Arabic', { locale: 'ar' }],
];

describe('pages that everybody can use', () => {
  let gallery: PageGallery;
  let browser: Browser;
  beforeAll(async () => {
    [gallery, browser] = await Promise.all([PageGallery.open(), launchChromium()]);
  });
  afterAll(async () => {
    await browser.close();
    await gallery.close();
  });

  async function open(scene: SceneName, options: BrowserContextOptions) {
    const window = await openWindow(browser, options);
    await gallery.show(scene, window);
    return window;
  }

  describe.each(WAYS)('%s', (_way, options) => {
    it.each(SCENE_NAMES)('S16 axe has nothing to say about %s, and it fits', async (scene) => {
      const { page, context, complaints } = await open(scene, options);
      expect(await violations(page)).toEqual([]);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      const language = options.locale?.slice(0, 2) ?? 'en';
      expect(await page.locator('html').getAttribute('lang')).toBe(language);
      expect(await page.locator('html').getAttribute('dir')).toBe(language === 'ar' ? 'rtl' : 'ltr');
      expect(complaints.filter((complaint) => !complaint.includes('status of 4'))).toEqual([]);
      await context.close();
    });
  });

  it('S16 nothing moves for somebody who wants little motion, and the button is armed as late as for others', async () => {
    for (const scene of ['redirect', 'consent-verified'] as const) {
      const { page, context } = await open(scene, { reducedMotion: 'reduce' });
      const running = await page.evaluate(`document.getAnimations().map(({ animationName }) => animationName)`);
      expect(running).toEqual(scene === 'redirect' ? [] : ['arm']);
      await context.close();
    }
    const moving = await open('redirect', { reducedMotion: 'no-preference' });
    expect(await moving.page.evaluate(`document.getAnimations().length`)).toBe(1);
    await moving.context.close();
  });

  it('S16 a sentence that nobody translated reads from left to right on a page that reads the other way', async () => {
    const { page, context } = await open('apps', { locale: 'ar' });
    const lefts = await page.evaluate(`(() => {
      const account = [...document.querySelectorAll('.identity bdi')].find((one) => one.textContent.includes('@'));
      const before = document.createRange();
      before.selectNodeContents(account.previousSibling);
      return [[...before.getClientRects()].at(-1).left, account.getBoundingClientRect().left];
    })()`);
    const [words = 0, account = 0] = lefts as number[];
    expect(words).toBeLessThan(account);
    await context.close();
  });

  it('S16 an address stands on one line, on a phone too', async () => {
    const { page, context } = await open('apps', { viewport: { width: 390, height: 844 } });
    const lines = await page.evaluate(
      `[...document.querySelectorAll('.app .facts bdi')].map((one) => one.getClientRects().length)`,
    );
    expect(new Set(lines as number[])).toEqual(new Set([1]));
    await context.close();
  });

  it('S16 controls are to be seen in forced colours, the focus too', async () => {
    const { page, context } = await open('consent-more', { forcedColors: 'active' });
    const widths = await page.evaluate(
      `[...document.querySelectorAll('.button, .card, .badge')].map((one) => getComputedStyle(one).borderTopWidth)`,
    );
    expect(new Set(widths as string[])).toEqual(new Set(['1px', '3px']));
    await page.keyboard.press('Tab');
    expect((await focused(page)).outline).toBe('3px solid');
    await context.close();
  });

  it.each([true, false])(
    'S16 CON-01 the keyboard reaches everything in order, JavaScript: %s',
    async (javaScriptEnabled) => {
      const { page, context } = await open('consent-more', { javaScriptEnabled });
      const stops = await walkByTab(page);
      expect(stops.map(({ name }) => name)).toEqual([
        'Use another account',
        'Write',
        'Administer',
        'Deny',
        'Allow',
        'your connected apps',
        'Technical details',
        'Privacy',
        'Support',
      ]);
      expect(stops.map(({ outline }) => outline)).toEqual(stops.map(() => '3px solid'));
      await context.close();
    },
  );

  it('S16 CON-01 the keyboard is enough to decide: Space ticks, Enter refuses unless it stands on Allow', async () => {
    for (const [tabs, answer] of [
      [2, 'error'],
      [4, 'error'],
      [5, 'code'],
    ] as const) {
      const { page, context, navigations } = await open('consent-more', {});
      for (let tab = 0; tab < tabs; tab += 1) await page.keyboard.press('Tab');
      if (tabs === 2) {
        await page.keyboard.press('Space');
        expect(await page.locator('input[value="mcp:write"]').isChecked()).toBe(false);
      }
      navigations.length = 0;
      await page.keyboard.press('Enter');
      const url = new URL(await navigationTo('https://client.example/', { navigations }));
      expect([...url.searchParams.keys()]).toContain(answer);
      await context.close();
    }
  });

  it.each([true, false])(
    'S16 CON-17 the keyboard is enough to disconnect, JavaScript: %s',
    async (javaScriptEnabled) => {
      const { page, context } = await open('apps', { javaScriptEnabled });
      const stops = await walkByTab(page);
      expect(stops.map(({ name }) => name)).toEqual([
        'Disconnect',
        'client.example',
        'Write',
        'Administer',
        'Save permissions',
        'Disconnect',
        'Disconnect all apps',
        'Privacy',
        'Support',
      ]);
      expect(stops.map(({ outline }) => outline)).toEqual(stops.map(() => '3px solid'));
      await page.getByRole('button', { name: 'Disconnect Claude Code' }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('status').waitFor();
      expect(await page.getByRole('heading', { level: 2 }).allTextContents()).toEqual(['Difference Engine']);
      await page.getByRole('checkbox', { name: 'Write' }).focus();
      await page.keyboard.press('Space');
      await page.getByRole('button', { name: 'Save permissions Difference Engine' }).focus();
      await page.keyboard.press('Enter');
      await page.getByText('The permissions are changed.').waitFor();
      expect(await page.getByRole('checkbox').count()).toBe(1);
      // Two steps for all of them: the first Enter only opens.
      await page.locator('summary').focus();
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Disconnect all apps' }).focus();
      await page.keyboard.press('Enter');
      await page.getByText('No app is connected.').waitFor();
      await context.close();
    },
  );

  it('S16 an error and the way back to an app are read without anything to operate but what is offered', async () => {
    const error = await open('error-closed', {});
    expect((await walkByTab(error.page)).map(({ name }) => name)).toEqual(['Privacy', 'Support']);
    await error.context.close();
    const redirect = await open('redirect-app', {});
    expect((await walkByTab(redirect.page)).map(({ name }) => name)).toEqual(['Continue', 'Privacy', 'Support']);
    await redirect.context.close();
  });
});

describe('the login of the sample app', () => {
  let host: SampleApp;
  let browser: Browser;
  beforeAll(async () => {
    [host, browser] = await Promise.all([startSampleApp({ adapter: 'express' }), launchChromium()]);
  });
  afterAll(async () => {
    await browser.close();
    await host.close();
  });

  it.each(WAYS)('S16 axe has nothing to say about it, nor about a wrong password: %s', async (_way, options) => {
    const { page, context, complaints } = await openWindow(browser, options);
    await page.goto(`${host.origin}/login`);
    expect(await violations(page)).toEqual([]);
    await page.locator('#email').fill('ada@example.com');
    await page.locator('#password').fill('wrong');
    await page.locator('button').click();
    await page.locator('#problem').waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    const language = options.locale === 'de-DE' ? 'de' : 'en';
    expect(await page.locator('html').getAttribute('lang')).toBe(language);
    expect(complaints.filter((complaint) => !complaint.includes('status of 4'))).toEqual([]);
    await context.close();
  });

  it('S16 signs in and decides by keyboard alone, in German, without JavaScript', async () => {
    const { page, context, navigations } = await openWindow(browser, { locale: 'de-DE', javaScriptEnabled: false });
    await context.route('https://client.example/**', (route) => route.fulfill({ status: 204 }));
    const walk = new OAuthWalk(host.origin);
    const { client_id } = await walk.register({ client_name: 'Difference Engine' });
    await page.goto(host.origin + walk.authorizeUrl(client_id));
    // The first field has the focus already.
    await page.keyboard.type('ada@example.com');
    await page.keyboard.press('Tab');
    await page.keyboard.type('ada-password');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Difference Engine möchte sich mit Notes verbinden' }).waitFor();
    const stops = await walkByTab(page);
    expect(stops.map(({ name }) => name)).toEqual([
      'Anderes Konto verwenden',
      'Andere Organisation wählen',
      'Notizen schreiben',
      'Ablehnen',
      'Erlauben',
      'Ihre verbundenen Apps',
      'Technische Einzelheiten',
    ]);
    await page.getByRole('button', { name: 'Erlauben' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Zurück zu client.example' }).waitFor();
    expect(await navigationTo('https://client.example/', { navigations })).toContain('code=');
    await context.close();
  });
});

interface Stop {
  readonly name: string;
  readonly outline: string;
}

/** Presses Tab until the focus leaves the page; what it stood on, in order. */
async function walkByTab(page: Page): Promise<readonly Stop[]> {
  const stops: Stop[] = [];
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press('Tab');
    const stop = await focused(page);
    if (stop.name === '') return stops;
    stops.push(stop);
  }
  throw new Error(`the focus never left: ${stops.map(({ name }) => name).join(', ')}`);
}

function focused(page: Page): Promise<Stop> {
  return page.evaluate(`(() => {
    const one = document.activeElement;
    if (one === null || one === document.body) return { name: '', outline: '' };
    const label = document.getElementById(one.getAttribute('aria-labelledby') ?? '');
    const { outlineWidth, outlineStyle } = getComputedStyle(one);
    return { name: (label ?? one).textContent.trim(), outline: outlineWidth + ' ' + outlineStyle };
  })()`);
}

/** By how many pixels the page is wider than its window. */
function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}
