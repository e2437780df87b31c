import { Injectable } from '@nestjs/common';
import { PublicUrls } from '../../config/public-urls.js';
import type { HttpRequest } from '../../http/http-request.js';
import { type HttpResponse, redirect } from '../../http/http-response.js';
import { FormParameters } from '../../protocol/form-parameters.js';
import { EarlyPage, Page } from '../http/endpoint.decorator.js';
import { readForm } from '../http/form-body.js';
import { AuthorizationIntake } from './authorization-intake.js';
import { Interaction } from './interaction.js';
import { PendingAuthorizations } from './pending-authorizations.js';
import { readUiLocales, RequestLanguages } from './request-languages.js';
import { SignedIn } from './signed-in.js';

/** The authorization endpoint (RFC 6749 §3.1). */
@Injectable()
export class AuthorizeController {
  constructor(
    private readonly intake: AuthorizationIntake,
    private readonly pending: PendingAuthorizations,
    private readonly signedIn: SignedIn,
    private readonly interaction: Interaction,
    private readonly languages: RequestLanguages,
    private readonly urls: PublicUrls,
  ) {}

  @Page('GET', 'authorize')
  async authorize(request: HttpRequest): Promise<HttpResponse> {
    const { client, held } = await this.take(request, FormParameters.parse(request.query));
    const { pending, setCookie } = await this.pending.begin(request, client.clientId, held);
    return this.interaction.advance(pending, request, setCookie);
  }

  /** Stores the request and turns into a GET: on a cross-site POST the browser held its Lax cookies back (decision H6). */
  @EarlyPage('POST', 'authorize')
  async authorizeByForm(request: HttpRequest): Promise<HttpResponse> {
    const { client, held } = await this.take(request, readForm(request));
    const handle = await this.pending.beginUnclaimed(client.clientId, held);
    return redirect(303, `${this.urls.endpointPath('authorize/resume')}?request=${handle}`);
  }

  /** Where the browser comes back to after signing in. */
  @Page('GET', 'authorize/resume')
  async resume(request: HttpRequest): Promise<HttpResponse> {
    const params = FormParameters.parse(request.query);
    const { pending: found, setCookie } = await this.pending.claim(request, params.get('request'));
    const secret = params.get('login');
    // Whoever wanted another account since, and goes back to this address, signs in.
    const withdrawn = found.row.accountAskedAt !== null && found.row.loginSecretHash === null;
    const confirmable = secret !== undefined && !found.loginConfirmed && !withdrawn;
    const pending = confirmable ? await this.signedIn.confirm(found, secret) : found;
    return this.interaction.advance(pending, request, setCookie);
  }

  /** "Use another account": back to the login page, and to this very request with whoever signs in there. */
  @Page('GET', 'authorize/select-account')
  async selectAccount(request: HttpRequest): Promise<HttpResponse> {
    const handle = FormParameters.parse(request.query).get('request');
    return this.interaction.selectAccount(await this.pending.resume(request, handle));
  }

  /** What refuses the request speaks the language that it asks for. */
  private take(request: HttpRequest, params: FormParameters): ReturnType<AuthorizationIntake['take']> {
    this.languages.note(request, readUiLocales(params));
    return this.intake.take(params, request.remoteAddress);
  }
}
