import { Injectable } from '@nestjs/common';
import { PublicUrls } from '../../config/public-urls.js';
import type { HttpRequest } from '../../http/http-request.js';
import { type HttpResponse, redirect } from '../../http/http-response.js';
import { DerivedKeys } from '../../keys/derived-keys.js';
import { PendingAuthorizationRepository } from '../../storage/repositories/pending-authorization.repository.js';
import type { SignedInUser } from '../../users/user-directory.js';
import { PageError } from '../authorize/page-error.js';
import type { HeldRequest } from '../authorize/pending-authorization.js';
import { PendingAuthorizations } from '../authorize/pending-authorizations.js';
import { actingFor, SignedIn } from '../authorize/signed-in.js';
import { Page } from '../http/endpoint.decorator.js';
import { readForm } from '../http/form-body.js';
import { ConsentQuestion } from './consent-question.js';
import { organisationFormParts } from './consent-screen.js';

/** Where the consent page goes when another organisation is chosen on it: back to the page, which is about that one then. Grants nothing. */
@Injectable()
export class OrganisationController {
  constructor(
    private readonly pending: PendingAuthorizations,
    private readonly signedIn: SignedIn,
    private readonly keys: DerivedKeys,
    private readonly question: ConsentQuestion,
    private readonly repository: PendingAuthorizationRepository,
    private readonly urls: PublicUrls,
  ) {}

  @Page('POST', 'authorize/select-organisation')
  async choose(request: HttpRequest): Promise<HttpResponse> {
    const form = readForm(request);
    form.assertWellFormed([]);
    const pending = await this.pending.resume(request, form.get('request'));
    const user = await this.signedIn.for(pending, request);
    if (!user) throw PageError.formRefused('no_session');
    if (!this.keys.readFormToken(form.get('csrf_token') ?? '', organisationFormParts(pending, user)))
      throw PageError.formRefused('csrf_token_wrong');
    if (pending.held.kind !== 'request') throw PageError.requestGone('request_failed');
    const orgId = form.get('organisation') ?? '';
    const acting = actingFor(user, orgId);
    if (!acting) throw PageError.formRefused('organisation_unknown');
    await this.assertAnyUse(pending.held, acting);
    if (!(await this.repository.chooseOrg(pending.row.id, user.userId, orgId)))
      throw PageError.requestGone('request_decided');
    return redirect(303, `${this.urls.endpointPath('authorize/resume')}?request=${pending.handle}`);
  }

  /** Before it is chosen, so that whoever goes back finds the page as it was. */
  private async assertAnyUse(held: HeldRequest, acting: SignedInUser): Promise<void> {
    const { grantable } = await this.question.of(held, acting);
    if (grantable.length > 0) return;
    throw new PageError(403, 'organisationWithoutScopes', 'organisation_without_scopes');
  }
}
