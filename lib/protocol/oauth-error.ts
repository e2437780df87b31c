/** What an OAuth error carries beside its public sentence. Nothing in here reaches the client. */
export interface OAuthErrorDetail {
  /** Private reason for the log, in snake_case. Defaults to the error code. */
  readonly reason?: string;
  /** HTTP status, where the answer is a JSON body or a page. */
  readonly status?: number;
  /** The failure underneath, for the log. */
  readonly cause?: unknown;
}

/** Everything outside %x20-21 / %x23-5B / %x5D-7E (RFC 6749 §5.2). */
const FORBIDDEN_IN_DESCRIPTION = /[^\x20\x21\x23-\x5b\x5d-\x7e]/g;

/**
 * A refusal that the protocol has a name for. The message is the public `error_description`: a constant sentence that
 * repeats nothing of the request; the private reason says which check failed.
 */
export abstract class OAuthError extends Error {
  /** Value of `error` on the wire. */
  abstract readonly code: string;

  /** HTTP status of a direct answer. */
  readonly status: number;

  readonly #reason: string | undefined;

  constructor(description: string, detail: OAuthErrorDetail = {}) {
    // A host's own text may hold a quote or an umlaut. Throwing here would turn a refusal into a failure of the server.
    super(description.replace(FORBIDDEN_IN_DESCRIPTION, '?'), 'cause' in detail ? { cause: detail.cause } : undefined);
    this.name = new.target.name;
    this.status = detail.status ?? 400;
    this.#reason = detail.reason;
  }

  /** Which check failed, for logs and events only. */
  get reason(): string {
    return this.#reason ?? this.code;
  }

  /** The JSON body of a direct error answer (RFC 6749 §5.2). */
  toBody(): { error: string; error_description: string } {
    return { error: this.code, error_description: this.message };
  }
}
