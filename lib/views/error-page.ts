import type { ErrorName } from '../config/texts/page-texts.js';
import { clientText } from './client-text.js';
import { compilePage, type PageContext, type PageFrame } from './page-shell.js';

/** A page for a person whose request could not be answered to the client. */
export interface ErrorView {
  /** Which of the texts in `errors` says what happened and what to do. */
  readonly name: ErrorName;
  /** For whoever makes the app, in English: what is wrong with the request. */
  readonly description?: string;
  /** Finds the log entry; says nothing about the fault. */
  readonly correlationId: string;
}

interface ErrorContext extends PageContext {
  readonly message: string;
  readonly hint: string;
  readonly description: string;
  readonly correlationId: string;
}

const render = compilePage<ErrorContext>(`<div class="plain">
<div class="mark mark-error" aria-hidden="true">
<svg viewBox="0 0 24 24" width="30" height="30"><path d="M12 5.5v8.5M12 18.4v.1"/></svg>
</div>
<h1>{{title}}</h1>
<p class="lead">{{message}}</p>
<p class="hint">{{hint}}</p>
<div class="reference">
{{#if description}}
<p><bdi lang="en">{{description}}.</bdi></p>
{{/if}}
<p>{{text "errorPage.reference"}} <code>{{correlationId}}</code></p>
</div>
</div>
`);

/** Renders the error page. A description is cleaned like a client's text, although it should reflect nothing. */
export function renderError({ name, description = '', correlationId }: ErrorView, frame: PageFrame): string {
  return render(
    {
      ...frame.language.texts.errors[name],
      description: clientText(description, 600),
      correlationId: clientText(correlationId, 100),
    },
    frame,
  );
}
