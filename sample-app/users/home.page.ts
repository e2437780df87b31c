import { html } from '../pages/html.js';
import type { Page } from '../pages/page.js';

export interface Home {
  readonly user: { readonly name: string; readonly email: string } | undefined;
  readonly organisation: string | undefined;
  readonly mcpUrl: string;
  readonly demoCommand: string;
}

export function homePage({ user, organisation, mcpUrl, demoCommand }: Home): Page {
  const account =
    user === undefined
      ? html`<p class="soft">
            Sign in to see who you are here. Clients that you connect act for you, in your organisation.
          </p>
          <p><a class="button" href="/login">Sign in</a></p>`
      : html`<dl>
            <dt>Signed in as</dt>
            <dd>${user.email}</dd>
            <dt>Organisation</dt>
            <dd>${organisation ?? 'none'}</dd>
          </dl>
          <form method="post" action="/logout"><button class="quiet" type="submit">Sign out</button></form>`;
  return {
    title: 'Home',
    wide: true,
    body: html`<h1>${user === undefined ? 'Notes for people and their AI clients' : `Welcome, ${user.name}`}</h1>
      ${account}
      <h2>Connect an MCP client</h2>
      <p class="soft">Give it this address. It finds out the rest, and asks you here before it gets in.</p>
      <pre><code>${mcpUrl}</code></pre>
      <p class="soft">For example, with Claude Code:</p>
      <pre><code>claude mcp add --transport http notes ${mcpUrl}</code></pre>
      <p class="soft">Or watch a client do it step by step, in a second terminal:</p>
      <pre><code>${demoCommand}</code></pre>`,
  };
}
