import { mkdir, stat } from 'node:fs/promises';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settled } from '../support/axe.js';
import { launchChromium, openWindow } from '../support/chromium.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { PageGallery, SCENE_NAMES } from '../support/page-gallery.js';
import { type SampleApp, startSampleApp } from '../support/sample-app-process.js';
import { signIn } from '../support/sample-visit.js';

const DIRECTORY = 'reports/screenshots';
const SCREENS = [
  ['phone', { width: 390, height: 844 }],
  ['desktop', { width: 1280, height: 900 }],
] as const;

const LOOKS: readonly (readonly [string, BrowserContextOptions])[] = [
  ['phone', { viewport: { width: 390, height: 844 } }],
  ['dark', { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' }],
  ['narrow', { viewport: { width: 320, height: 640 } }],
  ['forced', { viewport: { width: 390, height: 844 }, forcedColors: 'active' }],
  ['german', { viewport: { width: 390, height: 844 }, locale: 'de' }],
  ['arabic', { viewport: { width: 390, height: 844 }, locale: 'ar' }],
];

describe('the look of every page in every state', () => {
  let gallery: PageGallery;
  let browser: Browser;
  beforeAll(async () => {
    await mkdir(DIRECTORY, { recursive: true });
    [gallery, browser] = await Promise.all([PageGallery.open(), launchChromium()]);
  });
  afterAll(async () => {
    await browser.close();
    await gallery.close();
  });

  it.each(LOOKS)('is there to be judged: %s', async (look, options) => {
    for (const scene of SCENE_NAMES) {
      const window = await openWindow(browser, options);
      await gallery.show(scene, window);
      await settled(window.page);
      const path = `${DIRECTORY}/${scene}-${look}.png`;
      await window.page.screenshot({ path, fullPage: true });
      expect((await stat(path)).size).toBeGreaterThan(5000);
      await window.context.close();
    }
  });
});

/** Pictures for people to judge; what a machine can judge of them is that everything is there and fits. */
describe('the look of login and consent', () => {
  let host: SampleApp;
  let browser: Browser;
  beforeAll(async () => {
    await mkdir(DIRECTORY, { recursive: true });
    [host, browser] = await Promise.all([startSampleApp({ adapter: 'express' }), launchChromium()]);
  });
  afterAll(async () => {
    await browser.close();
    await host.close();
  });

  describe.each(SCREENS)('on a %s', (device, viewport) => {
    it.each(['light', 'dark'] as const)('fits without scrolling sideways, in %s colours', async (colorScheme) => {
      const { context, page, complaints } = await openWindow(browser, { viewport, colorScheme });
      const walk = new OAuthWalk(host.origin);
      const uri = 'http://127.0.0.1/callback';
      const { client_id } = await walk.register({ client_name: 'Claude Code', redirect_uris: [uri] });
      const shoot = async (name: string): Promise<void> => {
        const path = `${DIRECTORY}/${name}-${device}-${colorScheme}.png`;
        // As it looks when it has come to rest: the button that approves is pale for its first 800 ms.
        await page.screenshot({ path, fullPage: true, animations: 'disabled' });
        expect((await stat(path)).size).toBeGreaterThan(5000);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width);
      };
      const redirect_uri = 'http://127.0.0.1:33418/callback';
      await page.goto(
        host.origin + walk.authorizeUrl(client_id, { redirect_uri, scope: 'mcp:read mcp:write mcp:admin' }),
      );
      await shoot('login');
      await signIn(page);
      await page.getByRole('button', { name: 'Allow', exact: true }).waitFor();
      await shoot('consent');
      await context.route('https://client.example/**', (route) => route.fulfill({ body: 'connected' }));
      const borrowed = (await walk.register({ client_name: 'Claude' })).client_id;
      await page.goto(host.origin + walk.authorizeUrl(borrowed, { scope: 'mcp:read' }));
      await page.getByRole('button', { name: 'Allow', exact: true }).click();
      await page.waitForURL('https://client.example/**');
      await page.goto(host.origin + walk.authorizeUrl(borrowed, { scope: 'mcp:read mcp:write' }));
      await page.getByText('Already allowed').waitFor();
      await shoot('more-and-borrowed');
      await page.goto(`${host.origin}/oauth/authorize?client_id=gone`);
      await shoot('error');
      // The browser itself reports the status of the error page, and nothing else.
      expect(complaints.filter((complaint) => !complaint.includes('status of 400'))).toEqual([]);
      await context.close();
    });
  });
});
