import { DEMO_ACCOUNTS } from '../demo-accounts.js';
import { html, type Html } from '../pages/html.js';
import type { Page } from '../pages/page.js';

export interface LoginForm {
  readonly returnTo: string;
  readonly email?: string;
  readonly problem?: string;
  readonly wish?: LoginWish | undefined;
}

export type LoginWish = 'reauthenticate' | 'select_account';

/** Why somebody comes here who may be signed in already: the `reason` that the library puts into the address. */
export function loginWish(reason: unknown): LoginWish | undefined {
  return reason === 'reauthenticate' || reason === 'select_account' ? reason : undefined;
}

/** The form. Nothing on it needs a script. */
export function loginPage({ returnTo, email = '', problem, wish }: LoginForm): Page {
  const keep =
    wish === 'select_account'
      ? html`<p class="soft"><a href="${returnTo}">Go on with the account you have</a></p>`
      : '';
  const alert = problem === undefined ? '' : html`<p class="error" id="problem" role="alert">${problem}</p>`;
  const invalid = problem === undefined ? '' : html` aria-invalid="true" aria-describedby="problem"`;
  return {
    title: 'Sign in',
    body: html`<h1>Sign in</h1>
      <p class="soft">${wish === undefined ? 'to go on to your notes' : WISHES[wish]}</p>
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
      ${keep}
      <details>
        <summary>Demo accounts</summary>
        <ul>
          ${DEMO_ACCOUNTS.map(({ email: address, password }) => html`<li>${address} / ${password}</li>`)}
        </ul>
      </details>`,
  };
}

const WISHES: Readonly<Record<LoginWish, string>> = {
  reauthenticate: 'once more, so that it is certain that this is you',
  select_account: 'with the account that you want to use',
};

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
