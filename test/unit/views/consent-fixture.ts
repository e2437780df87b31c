import type { ConsentScope, ConsentView } from '../../../lib/views/view-renderer.js';

export const READ: ConsentScope = {
  name: 'mcp:read',
  title: 'Read your notes',
  description: 'See the notes of your organisation.',
  required: true,
  checked: true,
  given: false,
};

export const WRITE: ConsentScope = {
  name: 'mcp:write',
  title: 'Write notes',
  description: 'Create and change notes in your name.',
  required: false,
  checked: true,
  given: false,
};

export const ADMIN: ConsentScope = {
  name: 'mcp:admin',
  title: 'Administer',
  description: '',
  required: false,
  checked: false,
  given: false,
};

/** A verified web client asks for one required and two optional permissions. */
export function consentView(change: Partial<ConsentView> = {}): ConsentView {
  return {
    clientName: 'Claude',
    requestedScopes: [READ, WRITE, ADMIN],
    authorizationParams: {
      client_id: 'client-1',
      redirect_uri: 'https://claude.ai/api/mcp/auth_callback',
      scope: 'mcp:read mcp:write',
      state: 'state-1',
    },
    redirectTarget: { kind: 'web', host: 'claude.ai' },
    verified: true,
    resource: 'https://notes.example/mcp',
    resourceName: 'Notes',
    accountName: 'ada@example.com',
    organisationName: 'analytical',
    lifetime: { longest: 31_536_000, idle: 2_592_000 },
    formAction: '/oauth/approve',
    request: 'handle-1',
    csrfToken: 'csrf-1',
    ...change,
  };
}

/** What a browser makes of the character references Handlebars writes. */
export function decoded(html: string): string {
  return html
    .replace(/&#x([0-9a-f]+);/gi, (_all, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}

/** The text a reader sees, blanks joined. */
export function visibleText(html: string): string {
  const body = html.slice(html.indexOf('<body>'));
  return decoded(
    body
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  );
}

/** Start tags of one element, in document order. */
export function tags(html: string, name: string): readonly string[] {
  return html.match(new RegExp(`<${name}(?=[\\s>])[^>]*>`, 'g')) ?? [];
}
