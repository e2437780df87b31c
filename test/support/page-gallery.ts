import type { Page } from 'playwright-core';
import type { PageLanguage } from 'nestjs-mcp-auth';
import { GERMAN } from '../../sample-app/texts/german.js';
import type { Window } from './chromium.js';
import { DATA, PAGE } from './connected-apps.js';
import { OAuthWalk, REDIRECT_URI } from './oauth-walk.js';
import { startTestApp, type TestApp } from './test-app.js';

/** Enough Arabic for the direction to show. */
const ARABIC: PageLanguage = {
  texts: {
    consent: {
      heading: 'يريد {clientName} الاتصال بـ {resourceName}',
      unverified: 'غير موثّق',
      verified: 'موثّق',
      cautionHeading: 'هل بدأت هذا بنفسك الآن؟',
      cautionUnchecked: 'لم يتحقق أحد ممن يقف وراء هذا الاسم.',
      cautionAdvice: 'إن لم تكن أنت، فاختر الرفض.',
      cautionComputer: 'ستذهب الإجابة إلى برنامج على هذا الحاسوب.',
      account: 'حسابك',
      organisation: 'المؤسسة',
      server: 'خادم MCP',
      answer: 'تذهب الإجابة إلى',
      duration: 'المدة',
      durationOfUse: '{idle} دون استخدام، و{longest} على الأكثر',
      permissions: 'ما يمكنه فعله',
      permissionsRequired: 'جزء من كل اتصال',
      permissionsOptional: 'اختيارك',
      allow: 'السماح',
      deny: 'الرفض',
      details: 'تفاصيل تقنية',
    },
    connectedApps: { heading: 'التطبيقات المتصلة', disconnect: 'قطع الاتصال', permissions: 'ما يمكنه فعله' },
    redirect: { headingHost: 'العودة إلى {host}', moment: 'لحظة واحدة.', continue: 'متابعة' },
  },
};

const LOOPBACK = 'http://127.0.0.1/callback';
const APP = 'cursor://anysphere.cursor-mcp/oauth/callback';
const LONG = 'Donaudampfschifffahrtsgesellschaftskapitänsmützenfabrikationsbetriebsverwaltung';

/** A host with the module's pages in every state that a person can meet, in three languages and the colours of a brand. */
export class PageGallery {
  private constructor(readonly host: TestApp) {}

  static async open(): Promise<PageGallery> {
    const host = await startTestApp({
      adapter: 'express',
      options: {
        resourceName: 'Analytical Notes',
        clients: [
          {
            clientId: 'engine',
            client_name: 'Difference Engine',
            client_uri: 'https://client.example/',
            redirect_uris: [REDIRECT_URI],
            token_endpoint_auth_method: 'none',
          },
        ],
        views: {
          languages: { de: GERMAN, ar: ARABIC },
          links: [
            { label: 'Privacy', labels: { de: 'Datenschutz', ar: 'الخصوصية' }, url: '/privacy' },
            { label: 'Support', url: 'https://help.example/' },
          ],
        },
      },
    });
    return new PageGallery(host);
  }

  close(): Promise<void> {
    return this.host.close();
  }

  /** Takes a signed-in person's window to a page by its name. */
  async show(name: SceneName, { page, context }: Pick<Window, 'page' | 'context'>): Promise<void> {
    await context.addCookies([{ name: 'session', value: 'ada', url: this.host.origin }]);
    // An answer without content leaves the browser on the page that it comes from.
    for (const client of ['https://client.example/**', 'http://127.0.0.1:33418/**'])
      await context.route(client, (route) => route.fulfill({ status: 204 }));
    await SCENES[name]({ page, walk: new OAuthWalk(this.host.origin) });
  }
}

interface Stage {
  readonly page: Page;
  readonly walk: OAuthWalk;
}

async function ask({ page, walk }: Stage, metadata: Record<string, unknown>, change: Record<string, string> = {}) {
  const { client_id } = await walk.register(metadata);
  await page.goto(walk.origin + walk.authorizeUrl(client_id, change));
  return client_id;
}

async function allow(page: Page): Promise<void> {
  await page.locator('.button-approve').click();
  await page.locator('.progress').waitFor();
}

/** Ends what other scenes have connected, so that the page is the same in every window. */
async function disconnectAll({ page, walk }: Stage): Promise<void> {
  const url = walk.origin + DATA;
  const { csrf_token } = (await (await page.request.get(url)).json()) as { csrf_token: string };
  await page.request.post(url, { data: { csrf_token, action: 'disconnect_all' } });
}

const SCENES = {
  apps: async (stage: Stage) => {
    const { page, walk } = stage;
    await disconnectAll(stage);
    await page.goto(walk.origin + walk.authorizeUrl('engine', { prompt: 'consent' }));
    await allow(page);
    const metadata = { client_name: 'Claude Code', redirect_uris: [LOOPBACK] };
    await ask(stage, metadata, { redirect_uri: 'http://127.0.0.1:33418/callback', scope: 'mcp:read' });
    await allow(page);
    await page.goto(walk.origin + PAGE);
  },
  'apps-none': async (stage: Stage) => {
    await disconnectAll(stage);
    await stage.page.goto(`${stage.walk.origin}${PAGE}?done=disconnected_all`);
  },
  'consent-verified': async ({ page, walk }: Stage) => {
    await page.goto(walk.origin + walk.authorizeUrl('engine', { prompt: 'consent' }));
  },
  'consent-unverified': async (stage: Stage) => {
    const metadata = { client_name: 'Difference Engine', client_uri: 'https://other.example/' };
    await ask(stage, metadata);
  },
  'consent-loopback': async (stage: Stage) => {
    const change = { redirect_uri: 'http://127.0.0.1:33418/callback' };
    await ask(stage, { client_name: 'Claude Code', redirect_uris: [LOOPBACK] }, change);
  },
  'consent-app': async (stage: Stage) => {
    await ask(stage, { client_name: 'Cursor', redirect_uris: [APP] }, { redirect_uri: APP });
  },
  'consent-borrowed-name': async (stage: Stage) => {
    await ask(stage, { client_name: 'Claude' });
  },
  'consent-more': async (stage: Stage) => {
    const { page, walk } = stage;
    const clientId = await ask(stage, { client_name: 'Difference Engine' }, { scope: 'mcp:read' });
    await allow(page);
    await page.goto(walk.origin + walk.authorizeUrl(clientId, { scope: 'mcp:read mcp:write mcp:admin' }));
    await page.locator('.badge-plain').waitFor();
  },
  'consent-long': async (stage: Stage) => {
    const uri = `https://${'a'.repeat(63)}.${'b'.repeat(63)}.client.example/${'c'.repeat(300)}`;
    await ask(stage, { client_name: LONG, client_uri: uri, redirect_uris: [uri] }, { redirect_uri: uri });
  },
  redirect: async (stage: Stage) => {
    await ask(stage, {});
    await allow(stage.page);
  },
  'redirect-app': async (stage: Stage) => {
    await ask(stage, { redirect_uris: [APP] }, { redirect_uri: APP });
    await allow(stage.page);
  },
  'error-unknown-app': async ({ page, walk }: Stage) => {
    await page.goto(`${walk.origin}/oauth/authorize?client_id=gone`);
  },
  'error-request': async ({ page, walk }: Stage) => {
    await page.goto(walk.origin + walk.authorizeUrl('engine', { redirect_uri: 'https://elsewhere.example/' }));
  },
  'error-closed': async ({ page, walk }: Stage) => {
    await page.goto(`${walk.origin}/oauth/authorize/resume?request=${'x'.repeat(43)}`);
  },
} as const;

export type SceneName = keyof typeof SCENES;
export const SCENE_NAMES = Object.keys(SCENES) as readonly SceneName[];
