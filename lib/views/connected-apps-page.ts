import { STANDING_BADGE, WEBSITE } from './client-identity.js';
import { type ConnectedAppsContext, connectedAppsContext, type ConnectedAppsView } from './connected-apps-view.js';
import { compilePage, type PageFrame } from './page-shell.js';

/** What every form of the page sends along. */
const HIDDEN = `{{#if @root.request}}<input type="hidden" name="request" value="{{@root.request}}">{{/if}}
<input type="hidden" name="csrf_token" value="{{@root.csrfToken}}">
`;

const WHO = `<div class="app-head">
<span class="tile tile-client" aria-hidden="true">{{clientMonogram}}</span>
<div>
<h2 id="app-{{@index}}"><bdi>{{clientName}}</bdi></h2>
<p class="identity">
${STANDING_BADGE}{{#if clientIdHost}}
<span>{{text "consent.identifiedBy" host=clientIdHost}}</span>
{{else if claimedName}}
<span>{{text "connectedApps.claims" claimedName=claimedName}}</span>
{{else if clientUri}}
${WEBSITE}{{/if}}
</p>
</div>
</div>
`;

const FACTS = `<dl class="facts">
{{#if device}}
<div><dt>{{text "connectedApps.device"}}</dt><dd><bdi>{{device}}</bdi></dd></div>
{{/if}}
{{#if organisationName}}
<div><dt>{{text "connectedApps.organisation"}}</dt><dd><bdi>{{organisationName}}</bdi></dd></div>
{{/if}}
<div><dt>{{text "connectedApps.server"}}</dt><dd><bdi>{{resource}}</bdi></dd></div>
<div><dt>{{text "connectedApps.answer"}}</dt><dd>{{#if redirectHost}}<bdi>{{redirectHost}}</bdi>{{else if redirectLink}}{{text "consent.answerScheme" scheme=redirectLink}}{{else}}{{text "consent.answerComputer"}}{{/if}}</dd></div>
<div><dt>{{text "connectedApps.connected"}}</dt><dd><time datetime="{{connected.at}}">{{connected.text}}</time></dd></div>
<div><dt>{{text "connectedApps.used"}}</dt><dd><time datetime="{{used.at}}">{{used.text}}</time></dd></div>
<div><dt>{{text "connectedApps.ends"}}</dt><dd><time datetime="{{ends.at}}">{{ends.text}}</time></dd></div>
</dl>
`;

/** A permission that can be taken away is a box, any other one words. */
const PERMISSIONS = `{{#if scopes}}
<form method="post" action="{{@root.formAction}}" autocomplete="off">
${HIDDEN}<input type="hidden" name="connected_app" value="{{id}}">
<fieldset>
<legend>{{text "connectedApps.permissions"}}</legend>
<ul class="scopes">
{{#each scopes}}
<li>{{#if removable}}<label class="scope"><input type="checkbox" name="scopes" value="{{name}}" checked aria-labelledby="scope-{{@../index}}-{{@index}}"><span><b id="scope-{{@../index}}-{{@index}}">{{title}}</b>{{#if description}}<small>{{description}}</small>{{/if}}</span></label>{{else}}<span class="scope"><svg class="tick" viewBox="0 0 20 20" aria-hidden="true"><path d="M4 10.5l4 4 8-9"/></svg><span><b>{{title}}</b>{{#if description}}<small>{{description}}</small>{{/if}}</span></span>{{/if}}</li>
{{/each}}
</ul>
</fieldset>
{{#if removable}}
<button class="button" type="submit" name="action" value="keep_scopes" id="save-{{@index}}" aria-labelledby="save-{{@index}} app-{{@index}}">{{text "connectedApps.save"}}</button>
{{/if}}
</form>
{{/if}}
`;

const DISCONNECT = `<form method="post" action="{{@root.formAction}}" autocomplete="off">
${HIDDEN}<input type="hidden" name="connected_app" value="{{id}}">
<button class="button button-danger" type="submit" name="action" value="disconnect" id="disconnect-{{@index}}" aria-labelledby="disconnect-{{@index}} app-{{@index}}">{{text "connectedApps.disconnect"}}</button>
</form>
`;

/** Two steps, so that one wrong click does not disconnect everything. */
const DISCONNECT_ALL = `<details>
<summary>{{text "connectedApps.disconnectAll"}}</summary>
<form method="post" action="{{formAction}}" autocomplete="off">
${HIDDEN}<p class="hint">{{text "connectedApps.disconnectAllHint"}}</p>
<button class="button button-danger" type="submit" name="action" value="disconnect_all">{{text "connectedApps.disconnectAll"}}</button>
</form>
</details>
`;

const render = compilePage<ConnectedAppsContext>(`<div class="intro">
<h1>{{text "connectedApps.heading"}}</h1>
<p class="identity"><span>{{text "connectedApps.lead" resourceName=resourceName accountName=accountName}}</span></p>
</div>
{{#if notice}}
<p class="hint" role="status">{{notice}}</p>
{{/if}}
{{#each apps}}
<section class="app" aria-labelledby="app-{{@index}}">
${WHO}${FACTS}${PERMISSIONS}${DISCONNECT}</section>
{{else}}
<div class="plain">
<p>{{text "connectedApps.empty"}}</p>
<p class="lead">{{text "connectedApps.emptyHint"}}</p>
</div>
{{/each}}
{{#if more}}
<p class="note">{{text "connectedApps.more" count=count}}</p>
{{/if}}
{{#if apps}}
${DISCONNECT_ALL}{{/if}}
`);

/** Renders the page on which a person sees and ends what they have connected (CON-17). */
export function renderConnectedApps(view: ConnectedAppsView, frame: PageFrame): string {
  return render(connectedAppsContext(view, frame), frame);
}
