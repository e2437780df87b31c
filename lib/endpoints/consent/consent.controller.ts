import { Injectable } from '@nestjs/common';
import type { HttpRequest } from '../../http/http-request.js';
import type { HttpResponse } from '../../http/http-response.js';
import { DerivedKeys } from '../../keys/derived-keys.js';
import { PageError } from '../authorize/page-error.js';
import { Pages } from '../authorize/pages.js';
import { PendingAuthorizations } from '../authorize/pending-authorizations.js';
import { SignedIn } from '../authorize/signed-in.js';
import { Page } from '../http/endpoint.decorator.js';
import { readForm } from '../http/form-body.js';
import { Approval } from './approval.js';
import { formParts } from './consent-screen.js';

/** Where the consent form goes. A POST by the browser and user that saw the page, once (CON-01, CON-12). */
@Injectable()
export class ConsentController {
  constructor(
    private readonly pending: PendingAuthorizations,
    private readonly signedIn: SignedIn,
    private readonly keys: DerivedKeys,
    private readonly approval: Approval,
    private readonly pages: Pages,
  ) {}

  @Page('POST', 'approve')
  async decide(request: HttpRequest): Promise<HttpResponse> {
    const form = readForm(request);
    form.assertWellFormed(['scopes']);
    const pending = await this.pending.resume(request, form.get('request'));
    const user = await this.signedIn.for(pending, request);
    if (!user) throw PageError.formRefused('no_session');
    const shown = this.keys.readFormToken(form.get('csrf_token') ?? '', formParts(pending, user));
    if (!shown) throw PageError.formRefused('csrf_token_wrong');
    const { held } = pending;
    if (held.kind !== 'request') throw PageError.requestGone('request_failed');
    const { redirectUri, state } = held.request;
    const to = { redirectUri, ...(state === undefined ? {} : { state }) };
    switch (form.get('approved')) {
      case 'true':
        return this.pages.moveOnToClient(
          to,
          await this.approval.approve(pending, held, user, form.getAll('scopes'), shown),
          pending.language,
        );
      case 'false':
        return this.pages.moveOnToClient(to, await this.approval.deny(pending), pending.language);
      default:
        throw new PageError(400, 'formUndecided', 'approved_missing');
    }
  }
}
