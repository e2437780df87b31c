import { Inject, Injectable } from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../../config/resolved-options.js';
import type { ResolvedPageLanguage } from '../../config/view-options.js';
import type { HttpRequest } from '../../http/http-request.js';
import type { FormParameters } from '../../protocol/form-parameters.js';
import { PageLanguages } from '../../views/page-languages.js';

/** In which language a request is answered with a page: the client's wish, kept with the authorization request, or else the browser's. */
@Injectable()
export class RequestLanguages {
  private readonly languages: PageLanguages;
  private readonly wishes = new WeakMap<HttpRequest, string>();

  constructor(@Inject(RESOLVED_OPTIONS) options: ResolvedMcpAuthOptions) {
    this.languages = new PageLanguages(options.views.languages);
  }

  /** Notes the `ui_locales` that a request belongs to, for every page that answers it, error pages too. */
  note(request: HttpRequest, uiLocales: string | undefined): void {
    if (uiLocales !== undefined) this.wishes.set(request, uiLocales);
  }

  of(request: HttpRequest): ResolvedPageLanguage {
    const accepted = request.headerValues('accept-language').join(',');
    return this.languages.choose(this.wishes.get(request), accepted);
  }
}

/** The parameter, if it was sent well: only a wish, so a faulty one is no other than none. */
export function readUiLocales(params: FormParameters): string | undefined {
  try {
    return params.get('ui_locales');
  } catch {
    return undefined;
  }
}
