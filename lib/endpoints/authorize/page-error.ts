import type { ErrorName } from '../../config/texts/page-texts.js';

/** A failure that a person sees, as a page and never as a redirect. */
export class PageError extends Error {
  override readonly name = 'PageError';

  constructor(
    readonly status: number,
    /** Which texts the page has. */
    readonly page: ErrorName,
    /** For the log. */
    readonly reason: string,
    readonly more: {
      /** What is wrong with the request, for whoever makes the app. */
      readonly description?: string;
      /** Seconds after which the same request may succeed. */
      readonly retryAfter?: string | undefined;
    } = {},
  ) {
    super(`${page}: ${reason}`);
  }

  static requestGone(reason: string): PageError {
    return new PageError(400, 'requestGone', reason);
  }

  static otherBrowser(): PageError {
    return new PageError(403, 'otherBrowser', 'other_browser');
  }

  static formRefused(reason: string): PageError {
    return new PageError(403, 'formRefused', reason);
  }

  static userGone(): PageError {
    return new PageError(403, 'accountGone', 'user_gone');
  }

  static loginLoop(): PageError {
    return new PageError(400, 'loginLoop', 'login_loop');
  }
}
