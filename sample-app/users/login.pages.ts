import { DEMO_ACCOUNTS } from '../demo-accounts.js';
import { html, type Html } from '../pages/html.js';
import type { Page } from '../pages/page.js';
import type { LanguageTag } from '../texts/page-language.js';
import { LOGIN_TEXTS } from './login.texts.js';

export interface LoginForm {
  readonly returnTo: string;
  readonly email?: string;
  readonly problem?: 'incomplete' | 'wrong';
  readonly wish?: LoginWish | undefined;
}

export type LoginWish = 'reauthenticate' | 'select_account';

/** Why somebody comes here who may be signed in already: the `reason` that the library puts into the address. */
export function loginWish(reason: unknown): LoginWish | undefined {
  return reason === 'reauthenticate' || reason === 'select_account' ? reason : undefined;
}

/** The form. Nothing on it needs a script. */
export function loginPage({ returnTo, email = '', problem, wish }: LoginForm, language: LanguageTag = 'en'): Page {
  const texts = LOGIN_TEXTS[language];
  const keep =
    wish === 'select_account' ? html`<p class="soft"><a href="${returnTo}">${texts.keepAccount}</a></p>` : '';
  const alert = problem === undefined ? '' : html`<p class="error" id="problem" role="alert">${texts[problem]}</p>`;
  const invalid = problem === undefined ? '' : html` aria-invalid="true" aria-describedby="problem"`;
  return {
    title: texts.signIn,
    language,
    body: html`<h1>${texts.signIn}</h1>
      <p class="soft">${texts[wish ?? 'purpose']}</p>
      ${alert}
      <form method="post" action="/login">
        <input type="hidden" name="return_to" value="${returnTo}" />
        <label for="email">${texts.email}</label>
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
        <label for="password">${texts.password}</label>
        <input
          id="password"
          name="password"
          type="password"
          autocomplete="current-password"
          maxlength="200"
          required${email === '' ? '' : AUTOFOCUS}${invalid}
        />
        <button type="submit">${texts.signIn}</button>
      </form>
      ${keep}
      <details>
        <summary>${texts.demoAccounts}</summary>
        <ul>
          ${DEMO_ACCOUNTS.map(({ email: address, password }) => html`<li>${address} / ${password}</li>`)}
        </ul>
      </details>`,
  };
}

const AUTOFOCUS: Html = html` autofocus`;

/** Follows a form post; the link is for browsers that do not go on by themselves. */
export function forwardPage(
  done: 'signedIn' | 'signedOut',
  forwardTo: string,
  language: LanguageTag = 'en',
): Page & { readonly forwardTo: string } {
  const texts = LOGIN_TEXTS[language];
  return {
    title: texts[done],
    language,
    forwardTo,
    body: html`<h1>${texts[done]}</h1>
      <p class="soft">${texts.moment}</p>
      <p><a class="button" href="${forwardTo}">${texts.continue}</a></p>`,
  };
}

export function refusedPage(language: LanguageTag = 'en'): Page {
  const texts = LOGIN_TEXTS[language];
  return {
    title: texts.foreignTitle,
    language,
    body: html`<h1>${texts.foreignHeading}</h1>
      <p>${texts.foreignReason}</p>
      <p><a class="button" href="/login">${texts.signInHere}</a></p>`,
  };
}
