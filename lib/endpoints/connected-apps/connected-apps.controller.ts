import { Injectable } from '@nestjs/common';
import type { HttpRequest } from '../../http/http-request.js';
import { type HttpResponse, redirect } from '../../http/http-response.js';
import { FormParameters } from '../../protocol/form-parameters.js';
import { PageError } from '../authorize/page-error.js';
import { Page } from '../http/endpoint.decorator.js';
import { readForm } from '../http/form-body.js';
import { AppCommands } from './app-commands.js';
import { formCommand } from './app-command.js';
import { ConnectedAppsScreen } from './connected-apps-screen.js';
import { Visits } from './visits.js';

/** The page on which users see and end what they have connected (CON-17). */
@Injectable()
export class ConnectedAppsController {
  constructor(
    private readonly visits: Visits,
    private readonly commands: AppCommands,
    private readonly screen: ConnectedAppsScreen,
  ) {}

  @Page('GET', 'connected-apps')
  async show(request: HttpRequest): Promise<HttpResponse> {
    const params = FormParameters.parse(request.query);
    const handle = params.get('request');
    const secret = params.get('login');
    const confirmed = secret === undefined ? undefined : await this.visits.confirm(request, handle, secret);
    if (confirmed) return confirmed;
    const visitor = await this.visits.visitor(request, handle);
    if (!visitor) return this.visits.bounce(request, handle);
    return this.screen.show(request, visitor, this.commands.notice(params.get('done'), params.get('proof'), visitor));
  }

  /** Back to the page by a GET, so that reloading it posts nothing again. */
  @Page('POST', 'connected-apps')
  async change(request: HttpRequest): Promise<HttpResponse> {
    const form = readForm(request);
    form.assertWellFormed(['scopes']);
    const visitor = await this.visits.visitor(request, form.get('request'));
    if (!visitor) throw new PageError(403, 'appsFormRefused', 'no_session');
    if (!this.commands.isOurs(form.get('csrf_token'), visitor))
      throw new PageError(403, 'appsFormRefused', 'csrf_token_wrong');
    const outcome = await this.commands.run(formCommand(form), visitor);
    const proof = this.commands.noticeProof(outcome, visitor);
    const address = new URLSearchParams({ ...(visitor.handle && { request: visitor.handle }), done: outcome, proof });
    return redirect(303, `${this.visits.address(undefined)}?${address.toString()}`);
  }
}
