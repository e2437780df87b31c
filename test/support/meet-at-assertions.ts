import { UsedAssertionRepository } from '../../lib/storage/repositories/used-assertion.repository.js';

let meeting: (() => Promise<void>) | undefined;

/** Where requests with assertions of this process meet from now on: checked they are, used they are not. */
export function meetAtAssertions(next: (() => Promise<void>) | undefined): void {
  meeting = next;
}

export async function untilAssertionsMeet(): Promise<void> {
  await meeting?.();
}

/** Makes the real repository wait there. */
export function holdAssertions(): void {
  const use = Reflect.get(UsedAssertionRepository.prototype, 'use');
  UsedAssertionRepository.prototype.use = async function (assertionHash, expiresAt) {
    await untilAssertionsMeet();
    return use.call(this, assertionHash, expiresAt);
  };
}
