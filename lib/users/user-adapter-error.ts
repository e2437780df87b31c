/** The host's adapter threw, hung or answered nonsense. Nothing is granted; the client gets a 503 that says nothing of it. */
export class UserAdapterError extends Error {
  override readonly name = 'UserAdapterError';

  constructor(method: string, fault: string, options?: ErrorOptions) {
    super(`users.${method} ${fault}`, options);
  }
}
