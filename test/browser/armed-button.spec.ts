import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, openWindow } from '../support/chromium.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { type SampleApp, startSampleApp } from '../support/sample-app-process.js';
import { signIn } from '../support/sample-visit.js';

describe('the button that approves', () => {
  let host: SampleApp;
  let browser: Browser;
  beforeAll(async () => {
    [host, browser] = await Promise.all([startSampleApp({ adapter: 'express' }), launchChromium()]);
  });
  afterAll(async () => {
    await browser.close();
    await host.close();
  });

  async function consentPage() {
    const walk = new OAuthWalk(host.origin);
    const { client_id } = await walk.register();
    const window = await openWindow(browser, { javaScriptEnabled: true });
    await window.context.route('https://client.example/**', (route) => route.fulfill({ body: 'connected' }));
    await window.page.goto(host.origin + walk.authorizeUrl(client_id));
    await signIn(window.page);
    return window;
  }

  /** The page as it is so long after it appeared, whatever the machine did meanwhile; returns what a click in the middle of the button meets. */
  const clicked = (page: Page, label: string, milliseconds: number): Promise<boolean> =>
    page.evaluate(`(() => {
      for (const animation of document.getAnimations()) {
        animation.pause();
        animation.currentTime = ${milliseconds};
      }
      const button = [...document.querySelectorAll('button')].find(({ textContent }) => textContent === '${label}');
      const { x, y, width, height } = button.getBoundingClientRect();
      return document.elementFromPoint(x + width / 2, y + height / 2) === button;
    })()`);

  it('CON-08 takes no click for the first 800 ms, so that the second of a double click approves nothing', async () => {
    const { page, context, complaints } = await consentPage();
    await page.locator('button', { hasText: 'Allow' }).scrollIntoViewIfNeeded();
    for (const time of [0, 1, 400, 799]) expect(await clicked(page, 'Allow', time), `${time} ms`).toBe(false);
    for (const time of [800, 5000]) expect(await clicked(page, 'Allow', time), `${time} ms`).toBe(true);
    // Whoever wants out gets out at once.
    expect(await clicked(page, 'Deny', 0)).toBe(true);
    expect(complaints).toEqual([]);
    await context.close();
  });
});
