import { clientText } from './client-text.js';
import type { PageContext } from './page-shell.js';
import { compilePage } from './page-shell.js';

/** A page for a person whose request could not be answered to the client. */
export interface ErrorView {
  readonly title: string;
  readonly message: string;
  /** What the reader can do about it. */
  readonly hint?: string;
  /** Finds the log entry; says nothing about the fault. */
  readonly correlationId: string;
}

interface ErrorContext extends PageContext, ErrorView {
  readonly hint: string;
}

const render = compilePage<ErrorContext>(`<div class="plain">
<div class="mark mark-error" aria-hidden="true">
<svg viewBox="0 0 24 24" width="30" height="30"><path d="M12 5.5v8.5M12 18.4v.1"/></svg>
</div>
<h1>{{title}}</h1>
<p class="lead">{{message}}</p>
{{#if hint}}
<p class="hint">{{hint}}</p>
{{/if}}
<p class="reference">Reference <code>{{correlationId}}</code></p>
</div>
`);

/** Renders the error page. The texts may hold input of the request, so they are cleaned like a client's. */
export function renderError(view: ErrorView, brandName: string | undefined): string {
  return render({
    brandName,
    title: clientText(view.title, 120),
    message: clientText(view.message, 600),
    hint: clientText(view.hint ?? '', 600),
    correlationId: clientText(view.correlationId, 100),
  });
}
