/** A failure that a person sees, as a page and never as a redirect. */
export class PageError extends Error {
  override readonly name = 'PageError';

  constructor(
    readonly status: number,
    readonly title: string,
    message: string,
    /** For the log. */
    readonly reason: string,
    readonly hint = 'Go back to the app you came from and connect again.',
    /** Seconds after which the same request may succeed. */
    readonly retryAfter?: string,
  ) {
    super(message);
  }

  static requestGone(reason: string): PageError {
    return new PageError(400, 'This request is no longer open', 'It has expired, or it was already answered.', reason);
  }

  static otherBrowser(): PageError {
    return new PageError(
      403,
      'This request belongs to another browser',
      'A sign-in has to be finished in the browser in which it was begun.',
      'other_browser',
      'If you did not ask to connect an app, somebody may have sent you this link. Close this page.',
    );
  }

  static formRefused(reason: string): PageError {
    return new PageError(403, 'This form cannot be accepted', 'It does not belong to your current sign-in.', reason);
  }

  static loginLoop(): PageError {
    return new PageError(
      400,
      'Signing in did not work',
      'You were sent to the sign-in page several times, and came back without being signed in.',
      'login_loop',
      'Allow cookies for this site, then go back to the app and connect again.',
    );
  }
}
