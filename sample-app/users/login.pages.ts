import { DEMO_ACCOUNTS } from '../demo-accounts.js';
import { html, type Html } from '../pages/html.js';
import type { Page } from '../pages/page.js';

export interface LoginForm {
  readonly returnTo: string;
  readonly email?: string;
  readonly problem?: string;
}

/** The form. Nothing on it needs a script. */
export function loginPage({ returnTo, email = '', problem }: LoginForm): Page {
  const alert = problem === undefined ? '' : html`<p class="error" id="problem" role="alert">${problem}</p>`;
  const invalid = problem === undefined ? '' : html` aria-invalid="true" aria-describedby="problem"`;
  return {
    title: 'Sign in',
    body: html`<h1>Sign in</h1>
      <p class="soft">to go on to your notes</p>
      ${alert}
      <form method="post" action="/login">
        <input type="hidden" name="return_to" value="${returnTo}" />
        <label for="email">E-mail address</label>
        <input
          id="email"
          name="email"
          type="email"
          autocomplete="username"
          autocapitalize="none"
          spellcheck="false"
          maxlength="254"
          required
          value="${email}"
          ${email === '' ? AUTOFOCUS : ''}${invalid}
        />
        <label for="password">Password</label>
        <input
          id="password"
          name="password"
          type="password"
          autocomplete="current-password"
          maxlength="200"
          required${email === '' ? '' : AUTOFOCUS}${invalid}
        />
        <button type="submit">Sign in</button>
      </form>
      <details>
        <summary>Demo accounts</summary>
        <ul>
          ${DEMO_ACCOUNTS.map(({ email: address, password }) => html`<li>${address} / ${password}</li>`)}
        </ul>
      </details>`,
  };
}

const AUTOFOCUS: Html = html` autofocus`;

/** Follows a form post; the link is for browsers that do not go on by themselves. */
export function forwardPage(title: string, forwardTo: string): Page & { readonly forwardTo: string } {
  return {
    title,
    forwardTo,
    body: html`<h1>${title}</h1>
      <p class="soft">One moment, you are being taken on.</p>
      <p><a class="button" href="${forwardTo}">Continue</a></p>`,
  };
}

export function refusedPage(): Page {
  return {
    title: 'Not sent from here',
    body: html`<h1>That form came from another site</h1>
      <p>To keep anybody from signing you in or out behind your back, this page only accepts its own forms.</p>
      <p><a class="button" href="/login">Sign in here</a></p>`,
  };
}
