import { Body, Controller, Get, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { ENVIRONMENT, type Environment } from '../environment.js';
import { PageResponder } from '../pages/page-responder.js';
import { pageLanguage } from '../texts/page-language.js';
import type { HostRequest } from './host-request.js';
import { forwardPage, loginPage, loginWish, refusedPage } from './login.pages.js';
import { safeReturnPath } from './return-path.js';
import { comesFromOwnPage } from './same-site-form.js';
import { SessionCookie } from './session-cookie.js';
import { SessionsService } from './sessions.service.js';
import { UsersService } from './users.service.js';

type Fields = Readonly<Record<string, unknown>>;

/** Signing in and out, with forms that work without scripts. The library only knows the address of this page. */
@Controller()
export class LoginController {
  constructor(
    @Inject(ENVIRONMENT) private readonly environment: Environment,
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly cookie: SessionCookie,
    private readonly pages: PageResponder,
  ) {}

  /** Shows the form even to those who are signed in: they come here to sign in again, or as somebody else. */
  @Get('login')
  show(@Req() request: HostRequest, @Query() query: unknown, @Res() response: unknown): void {
    const { return_to, reason } = fields(query);
    const form = { returnTo: safeReturnPath(return_to), wish: loginWish(reason) };
    this.pages.send(response, loginPage(form, pageLanguage(request.headers)));
  }

  @Post('login')
  async signIn(@Req() request: HostRequest, @Body() body: unknown, @Query() query: unknown, @Res() response: unknown) {
    const language = pageLanguage(request.headers);
    if (!comesFromOwnPage(request.headers, this.environment.baseUrl)) {
      return this.pages.send(response, refusedPage(language), { status: 403 });
    }
    const form = fields(body);
    const returnTo = safeReturnPath(form['return_to'] ?? fields(query)['return_to']);
    const email = typed(form['email'], 254);
    const password = typed(form['password'], 200);
    if (email === undefined || password === undefined) {
      return this.pages.send(response, loginPage({ returnTo, problem: 'incomplete' }, language), { status: 400 });
    }
    const user = await this.users.authenticate(email, password);
    if (user === undefined) {
      return this.pages.send(response, loginPage({ returnTo, email, problem: 'wrong' }, language), { status: 401 });
    }
    const session = await this.sessions.start(user.id, this.cookie.read(request));
    this.pages.forward(response, forwardPage('signedIn', returnTo, language), this.cookie.write(session));
  }

  @Post('logout')
  async signOut(@Req() request: HostRequest, @Res() response: unknown) {
    const language = pageLanguage(request.headers);
    if (!comesFromOwnPage(request.headers, this.environment.baseUrl)) {
      return this.pages.send(response, refusedPage(language), { status: 403 });
    }
    const session = this.cookie.read(request);
    if (session !== undefined) await this.sessions.end(session);
    this.pages.forward(response, forwardPage('signedOut', '/', language), this.cookie.clear());
  }
}

/** The members of a parsed body or query, whatever the parser made of it. */
function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

/** Text that somebody may have typed into a field: not empty, not endless, without control characters. */
function typed(value: unknown, longest: number): string | undefined {
  if (typeof value !== 'string' || value.trim() === '' || value.length > longest) return undefined;
  return /\p{Cc}|\p{Cs}/u.test(value) ? undefined : value;
}
