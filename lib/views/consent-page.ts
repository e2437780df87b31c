import type { ResolvedPageLanguage } from '../config/view-options.js';
import { CONSENT_TEMPLATE } from './consent-template.js';
import type { ConsentContext, ConsentView } from './consent-view.js';
import { consentContext } from './consent-view.js';
import { inlineStyles, inspectTemplate } from './custom-template.js';
import { pageHeaders } from './page-headers.js';
import { compileDocument, type PageFrame } from './page-shell.js';

/** A request with every part present, for the rehearsal of a host's template. */
const REHEARSAL: ConsentView = {
  clientName: 'Example client',
  requestedScopes: [
    { name: 'rehearsal:required', title: 'Read', description: 'Reads.', required: true, checked: true, given: true },
    {
      name: 'rehearsal:optional',
      title: 'Write',
      description: 'Writes.',
      required: false,
      checked: true,
      given: false,
    },
  ],
  authorizationParams: { client_id: 'rehearsal', redirect_uri: 'https://client.example/callback' },
  redirectTarget: { kind: 'web', host: 'client.example' },
  clientUri: 'https://client.example/',
  verified: false,
  resource: 'https://app.example/mcp',
  resourceName: 'Example',
  accountName: 'ada@example.com',
  organisationName: 'Example organisation',
  otherAccountUrl: '/rehearsal-other-account',
  organisationChoice: {
    formAction: '/rehearsal-organisation',
    csrfToken: 'rehearsal-organisation-token',
    organisations: [
      { id: 'chosen', name: 'Example organisation', chosen: true },
      { id: 'other', name: 'Another organisation', chosen: false },
    ],
  },
  connectedAppsUrl: '/rehearsal-connected-apps',
  lifetime: { longest: 31_536_000, idle: 2_592_000 },
  formAction: '/rehearsal-form-action',
  request: 'rehearsal-request',
  csrfToken: 'rehearsal-csrf-token',
};

const CHANGES: readonly Partial<ConsentView>[] = [
  {},
  { requestedScopes: [], verified: true, redirectTarget: { kind: 'loopback' } },
  { redirectTarget: { kind: 'private-use', scheme: 'cursor' } },
];

/** The consent page: the library's own, or the host's template with the same variables. */
export class ConsentPage {
  /** Headers to send with this page. They differ from those of the others by the hashes of a custom template's own styles. */
  readonly headers: Readonly<Record<string, string>>;
  private readonly template: (context: ConsentContext, frame: PageFrame) => string;

  /** Throws a TypeError that says what is wrong with a custom template. */
  constructor(
    customTemplate: string | undefined,
    look: Omit<PageFrame, 'language'>,
    languages: readonly ResolvedPageLanguage[],
  ) {
    if (customTemplate === undefined) {
      this.template = compileDocument<ConsentContext>(CONSENT_TEMPLATE);
      this.headers = pageHeaders([look.style]);
      return;
    }
    try {
      inspectTemplate(customTemplate);
      this.template = compileDocument<ConsentContext>(customTemplate);
      this.headers = pageHeaders(this.rehearse(languages.map((language) => ({ ...look, language }))));
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error);
      throw new TypeError(`The consent template cannot be used: ${fault}`, { cause: error });
    }
  }

  /** Renders the page. Send it with `headers`. */
  render(view: ConsentView, frame: PageFrame): string {
    return this.template(consentContext(view, frame), frame);
  }

  /** Renders a custom template in every language before anybody needs it; returns its styles. */
  private rehearse(frames: readonly PageFrame[]): readonly string[] {
    const pages = frames.flatMap((frame) => CHANGES.map((change) => this.render({ ...REHEARSAL, ...change }, frame)));
    for (const page of pages) assertForm(page);
    const [styles = [], ...others] = pages.map(inlineStyles);
    if (others.some((other) => other.join('\0') !== styles.join('\0')))
      throw new TypeError('a <style> whose text depends on the request or its language cannot be allowed by its hash');
    return styles;
  }
}

/** A page without one of these could never be answered with yes. */
function assertForm(html: string): void {
  const parts: readonly (readonly [boolean, string])[] = [
    [html.includes(REHEARSAL.formAction), 'a form with action="{{formAction}}"'],
    [html.includes(REHEARSAL.request), 'a field `request` with {{request}}'],
    [html.includes(REHEARSAL.csrfToken), 'a field `csrf_token` with {{csrfToken}}'],
    [/\sname\s*=\s*["']?approved\b/.test(html), 'submit buttons with name="approved"'],
  ];
  for (const [present, words] of parts) if (!present) throw new TypeError(`it lacks ${words}`);
}
