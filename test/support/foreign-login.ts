import { Controller, Get, Header, Post, Query, Res } from '@nestjs/common';

/** Both adapters' responses, as far as a redirect goes. */
interface Reply {
  readonly raw?: unknown;
  redirect(...given: unknown[]): unknown;
  setHeader?(name: string, value: string): unknown;
  header(name: string, value: string): unknown;
}

/**
 * The login of a host that knows nothing of this library: one button, a policy as helmet sets it, and a plain redirect to wherever the
 * person came from.
 */
@Controller('login')
export class ForeignLoginController {
  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', "default-src 'self'; form-action 'self'; frame-ancestors 'self'")
  show(@Query('return_to') returnTo: string): string {
    const action = `/login?return_to=${encodeURIComponent(returnTo)}`.replaceAll('&', '&amp;');
    return `<!doctype html><title>Login</title><form method="post" action="${action}"><button>Log in</button></form>`;
  }

  @Post()
  signIn(@Query('return_to') returnTo: string, @Res() reply: Reply): void {
    reply.header('set-cookie', 'session=ada; Path=/; HttpOnly; SameSite=Lax');
    if (reply.raw === undefined) reply.redirect(303, returnTo);
    else reply.redirect(returnTo, 303);
  }
}
