export interface ClientDocumentFailure {
  /** For the log, in snake_case. */
  readonly reason: string;
  readonly cause?: unknown;
}

/**
 * A client metadata document is not to be had, or not one that can be used. Pages and answers say no more than that: what stands at an address, or
 * that nothing does, is not a stranger's to learn from us (CMD-13).
 */
export class ClientDocumentError extends Error {
  override readonly name: string = 'ClientDocumentError';
  readonly reason: string;

  constructor({ reason, cause }: ClientDocumentFailure) {
    super(`Client metadata document: ${reason}`, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

/** The operator's own lists decided it, before anything was fetched (CMD-17). */
export class ClientDocumentRefusedError extends ClientDocumentError {
  override readonly name = 'ClientDocumentRefusedError';
}
