import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { vi } from 'vitest';

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Without a desktop it would print what pages tell their console, handles too.
  '--enable-logging=none',
];

/** Debian's Chromium as it is without a desktop, which opens a window in a third of the time; else the one with a desktop. */
const PLACES = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];

/** The system's Chromium, with a profile of its own that is thrown away. */
export function launchChromium(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM_PATH'] ?? PLACES.find((path) => existsSync(path)) ?? '/usr/bin/chromium';
  return chromium.launch({ executablePath, args: ARGUMENTS });
}

/** One person's window: what it complained about, and where it was told to go. */
export interface Window {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Errors and warnings of the console, refused by a policy or thrown by a script. */
  readonly complaints: string[];
  /** Every navigation that a page asked for, whatever became of it: custom schemes never get as far as a request. */
  readonly navigations: string[];
}

export async function openWindow(browser: Browser, options: BrowserContextOptions = {}): Promise<Window> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const [complaints, navigations]: [string[], string[]] = [[], []];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  const devtools = await context.newCDPSession(page);
  devtools.on('Page.frameRequestedNavigation', ({ url }) => navigations.push(url));
  await devtools.send('Page.enable');
  return { context, page, complaints, navigations };
}

/** The first navigation to an address with this beginning; a page that moves on by itself asks for it a moment later. */
export function navigationTo(start: string, { navigations }: Pick<Window, 'navigations'>): Promise<string> {
  return vi.waitFor(
    () => {
      const url = navigations.find((navigation) => navigation.startsWith(start));
      if (url === undefined) throw new Error(`No navigation to ${start} among: ${navigations.join(' ')}`);
      return url;
    },
    { timeout: 20_000, interval: 50 },
  );
}
