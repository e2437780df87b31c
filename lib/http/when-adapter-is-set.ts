import type { AbstractHttpAdapter, HttpAdapterHost } from '@nestjs/core';

/**
 * Runs `work` with the HTTP adapter as soon as there is one: at once under `NestFactory.create()`, and when `createNestApplication()` of
 * `@nestjs/testing` chooses one long after the providers were built. Never, in an application context without HTTP.
 */
export function whenAdapterIsSet(host: HttpAdapterHost, work: (adapter: AbstractHttpAdapter) => void): void {
  if (host.httpAdapter) return work(host.httpAdapter);
  host.init$.subscribe(() => {
    // An application context announces itself too, with no adapter at all.
    if (host.httpAdapter) work(host.httpAdapter);
  });
}
