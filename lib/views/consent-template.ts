import { STANDING_BADGE, WEBSITE } from './client-identity.js';

/** Who asks, and what speaks for or against believing it (CON-02, CON-03). */
const INTRO = `<div class="intro">
<div class="pair" aria-hidden="true">
<span class="tile tile-client">{{clientMonogram}}</span>
<span class="wire"></span>
<span class="tile">{{resourceMonogram}}</span>
</div>
<h1>{{text "consent.heading" clientName=clientName resourceName=resourceName}}</h1>
<p class="identity">
${STANDING_BADGE}{{#if clientIdHost}}
<span>{{text "consent.identifiedBy" host=clientIdHost}}</span>
{{else if clientUri}}
${WEBSITE}{{/if}}
</p>
</div>
`;

/** CON-04, REG-16: what the user alone can know is whether they began this. */
const CAUTION = `{{#if cautious}}
<section class="caution" aria-labelledby="caution-title">
<h2 id="caution-title">{{text "consent.cautionHeading"}}</h2>
<ul>
{{#unless verified}}
<li>{{text "consent.cautionUnchecked"}}</li>
{{/unless}}
{{#if claimedName}}
<li>{{text "consent.cautionBorrowedName" claimedName=claimedName}}</li>
{{/if}}
{{#if redirectIsLoopback}}
<li>{{text "consent.cautionComputer"}}</li>
{{/if}}
{{#if redirectScheme}}
<li>{{text "consent.cautionScheme" scheme=redirectLink}}</li>
{{/if}}
{{#if redirectElsewhere}}
<li>{{#if clientIdHost}}{{text "consent.cautionOtherHost" host=redirectHost}}{{else}}{{text "consent.cautionOtherWebsite" host=redirectHost}}{{/if}}</li>
{{/if}}
</ul>
<p>{{text "consent.cautionAdvice"}}</p>
</section>
{{/if}}
`;

const OTHER_ACCOUNT = `{{#if otherAccountUrl}} <a class="aside" href="{{otherAccountUrl}}">{{text "consent.otherAccount"}}</a>{{/if}}`;

/** Buttons, not a list to choose from: what the page says is never anything else than what its form is for. */
const OTHER_ORGANISATION = `
<details class="others">
<summary>{{text "consent.otherOrganisation"}}</summary>
<div class="choices">
{{#each organisationChoice.organisations}}
{{#unless chosen}}
<button class="button" type="submit" form="organisation" name="organisation" value="{{id}}"><bdi>{{name}}</bdi></button>
{{/unless}}
{{/each}}
</div>
</details>
`;

/** Of those buttons. After the form that approves, which stays the first of the page. */
const ORGANISATION_FORM = `{{#if organisationChoice}}
<form id="organisation" method="post" action="{{organisationChoice.formAction}}" autocomplete="off" hidden>
<input type="hidden" name="request" value="{{request}}">
<input type="hidden" name="csrf_token" value="{{organisationChoice.csrfToken}}">
</form>
{{/if}}
`;

/** For whom, to what, and where the answer goes. */
const FACTS = `<dl class="facts">
<div><dt>{{text "consent.account"}}</dt><dd><bdi>{{accountName}}</bdi>${OTHER_ACCOUNT}</dd></div>
{{#if organisationChoice}}
<div><dt>{{text "consent.organisation"}}</dt><dd>{{#if organisationName}}<bdi>{{organisationName}}</bdi>{{else}}{{text "consent.noOrganisation"}}{{/if}}${OTHER_ORGANISATION}</dd></div>
{{else if organisationName}}
<div><dt>{{text "consent.organisation"}}</dt><dd><bdi>{{organisationName}}</bdi></dd></div>
{{/if}}
<div><dt>{{text "consent.server"}}</dt><dd><bdi>{{resourceLabel}}</bdi></dd></div>
<div><dt>{{text "consent.answer"}}</dt><dd>{{#if redirectIsLoopback}}{{text "consent.answerComputer"}}{{else if redirectScheme}}{{text "consent.answerScheme" scheme=redirectLink}}{{else}}<bdi>{{redirectHost}}</bdi>{{/if}}</dd></div>
<div><dt>{{text "consent.duration"}}</dt><dd>{{duration}}</dd></div>
</dl>
`;

/** Beside permissions that this client has already, what would be added stands out. */
const STANDING = `{{#if isNew}}<span class="badge badge-warn">{{text "consent.permissionNew"}}</span> {{else if given}}<span class="badge badge-plain">{{text "consent.permissionGiven"}}</span> {{/if}}`;

/** Required permissions are words, not boxes: the endpoint adds them whatever is posted. */
const PERMISSIONS = `{{#if requestedScopes}}
<fieldset>
<legend>{{text "consent.permissions"}}</legend>
{{#if requiredScopes}}
<div>
<p class="group" id="required-title">{{text "consent.permissionsRequired"}}</p>
<ul class="scopes" aria-labelledby="required-title">
{{#each requiredScopes}}
<li class="scope"><svg class="tick" viewBox="0 0 20 20" aria-hidden="true"><path d="M4 10.5l4 4 8-9"/></svg><span><b>{{title}}</b> ${STANDING}{{#if description}}<small>{{description}}</small>{{/if}}</span></li>
{{/each}}
</ul>
</div>
{{/if}}
{{#if optionalScopes}}
<div>
<p class="group" id="optional-title">{{text "consent.permissionsOptional"}}</p>
<ul class="scopes" aria-labelledby="optional-title">
{{#each optionalScopes}}
<li><label class="scope"><input type="checkbox" name="scopes" value="{{name}}"{{#if checked}} checked{{/if}} aria-labelledby="scope-{{@index}}"{{#if description}} aria-describedby="scope-{{@index}}-text"{{/if}}><span><b id="scope-{{@index}}">{{title}}</b> ${STANDING}{{#if description}}<small id="scope-{{@index}}-text">{{description}}</small>{{/if}}</span></label></li>
{{/each}}
</ul>
</div>
{{/if}}
</fieldset>
{{else}}
<p class="hint">{{text "consent.permissionsNone"}}</p>
{{/if}}
`;

/**
 * Deny is the first submit button, so the browser's implicit submission (Enter in a check box) can never approve.
 */
const ACTIONS = `<div class="actions">
<button class="button" type="submit" name="approved" value="false">{{text "consent.deny"}}</button>
<button class="button button-primary button-approve" type="submit" name="approved" value="true">{{text "consent.allow"}}</button>
</div>
`;

/** Said where it is true. */
const END = `{{#if connectedAppsUrl}}
<p class="note">{{text "consent.takeBack"}} <a href="{{connectedAppsUrl}}">{{text "consent.connectedApps"}}</a></p>
{{/if}}
`;

const DETAILS = `<details>
<summary>{{text "consent.details"}}</summary>
<dl>
{{#with authorizationParams}}
{{#if client_id}}
<div><dt>{{text "consent.clientId"}}</dt><dd><code>{{client_id}}</code></dd></div>
{{/if}}
{{#if redirect_uri}}
<div><dt>{{text "consent.redirectUri"}}</dt><dd><code>{{redirect_uri}}</code></dd></div>
{{/if}}
{{/with}}
<div><dt>{{text "consent.resource"}}</dt><dd><code>{{resource}}</code></dd></div>
</dl>
</details>
`;

/** The consent page. A host's own template has the same variables. */
export const CONSENT_TEMPLATE = `{{#> page}}
${INTRO}${CAUTION}${FACTS}<form method="post" action="{{formAction}}" autocomplete="off">
<input type="hidden" name="request" value="{{request}}">
<input type="hidden" name="csrf_token" value="{{csrfToken}}">
${PERMISSIONS}${ACTIONS}</form>
${END}${DETAILS}${ORGANISATION_FORM}{{/page}}
`;
