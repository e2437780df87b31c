/** Who asks, and what speaks for or against believing it (CON-02, CON-03). */
const INTRO = `<div class="intro">
<div class="pair" aria-hidden="true">
<span class="tile tile-client">{{clientMonogram}}</span>
<span class="wire"></span>
<span class="tile">{{resourceMonogram}}</span>
</div>
<h1><bdi>{{clientName}}</bdi> wants to connect to <bdi>{{resourceName}}</bdi></h1>
<p class="identity">
{{#if verified}}
<span class="badge badge-good">Verified{{#if clientIdHost}} host{{/if}}</span>
{{else}}
<span class="badge badge-warn">Unverified</span>
{{/if}}
{{#if clientIdHost}}
<span>identified by <bdi>{{clientIdHost}}</bdi></span>
{{else if clientUri}}
<span>{{#if verified}}website{{else}}says its website is{{/if}} <a href="{{clientUri}}" rel="noreferrer noopener"><bdi>{{clientUriHost}}</bdi></a></span>
{{/if}}
</p>
</div>
`;

/** CON-04, REG-16: what the user alone can know is whether they began this. */
const CAUTION = `{{#if cautious}}
<section class="caution" aria-labelledby="caution-title">
<h2 id="caution-title">Did you just start this yourself?</h2>
<ul>
{{#unless verified}}
<li>Nobody has checked who is behind this name.</li>
{{/unless}}
{{#if claimedName}}
<li>It calls itself <bdi>{{claimedName}}</bdi>, and its host is not known for that name.</li>
{{/if}}
{{#if redirectIsLoopback}}
<li>The answer goes to a program on this computer. Be sure it is the one you started.</li>
{{/if}}
{{#if redirectScheme}}
<li>The answer goes to whichever app opens <bdi>{{redirectScheme}}://</bdi> links on this device.</li>
{{/if}}
{{#if redirectElsewhere}}
<li>The answer goes to <bdi>{{redirectHost}}</bdi>, which is not the {{#if clientIdHost}}host it is identified by{{else}}website it names{{/if}}.</li>
{{/if}}
</ul>
<p>If you did not, choose Deny.</p>
</section>
{{/if}}
`;

/** For whom, to what, and where the answer goes. */
const FACTS = `<dl class="facts">
<div><dt>Your account</dt><dd><bdi>{{accountName}}</bdi></dd></div>
{{#if organisationName}}
<div><dt>Organisation</dt><dd><bdi>{{organisationName}}</bdi></dd></div>
{{/if}}
<div><dt>MCP server</dt><dd><bdi>{{resourceLabel}}</bdi></dd></div>
<div><dt>Answer goes to</dt><dd>{{#if redirectIsLoopback}}A program on this computer{{else if redirectScheme}}The app for <bdi>{{redirectScheme}}://</bdi> links on this device{{else}}<bdi>{{redirectHost}}</bdi>{{/if}}</dd></div>
<div><dt>For how long</dt><dd>{{duration}}</dd></div>
</dl>
`;

/** Beside permissions that this client has already, what would be added stands out. */
const STANDING = `{{#if isNew}}<span class="badge badge-warn">New</span> {{else if given}}<span class="badge badge-plain">Already allowed</span> {{/if}}`;

/** Required permissions are words, not boxes: the endpoint adds them whatever is posted. */
const PERMISSIONS = `{{#if requestedScopes}}
<fieldset>
<legend>What it may do</legend>
{{#if requiredScopes}}
<div>
<p class="group" id="required-title">Always part of a connection</p>
<ul class="scopes" aria-labelledby="required-title">
{{#each requiredScopes}}
<li class="scope"><svg class="tick" viewBox="0 0 20 20" aria-hidden="true"><path d="M4 10.5l4 4 8-9"/></svg><span><b>{{title}}</b> ${STANDING}{{#if description}}<small>{{description}}</small>{{/if}}</span></li>
{{/each}}
</ul>
</div>
{{/if}}
{{#if optionalScopes}}
<div>
<p class="group" id="optional-title">Your choice</p>
<ul class="scopes" aria-labelledby="optional-title">
{{#each optionalScopes}}
<li><label class="scope"><input type="checkbox" name="scopes" value="{{name}}"{{#if checked}} checked{{/if}} aria-labelledby="scope-{{@index}}"{{#if description}} aria-describedby="scope-{{@index}}-text"{{/if}}><span><b id="scope-{{@index}}">{{title}}</b> ${STANDING}{{#if description}}<small id="scope-{{@index}}-text">{{description}}</small>{{/if}}</span></label></li>
{{/each}}
</ul>
</div>
{{/if}}
</fieldset>
{{else}}
<p class="hint">It asks for no particular permission.</p>
{{/if}}
`;

/**
 * Deny is the first submit button, so the browser's implicit submission (Enter in a check box) can never approve.
 */
const ACTIONS = `<div class="actions">
<button class="button" type="submit" name="approved" value="false">Deny</button>
<button class="button button-primary button-approve" type="submit" name="approved" value="true">Allow</button>
</div>
`;

const DETAILS = `<details>
<summary>Technical details</summary>
<dl>
{{#with authorizationParams}}
{{#if client_id}}
<div><dt>Client ID</dt><dd><code>{{client_id}}</code></dd></div>
{{/if}}
{{#if redirect_uri}}
<div><dt>Redirect URI</dt><dd><code>{{redirect_uri}}</code></dd></div>
{{/if}}
{{/with}}
<div><dt>Resource</dt><dd><code>{{resource}}</code></dd></div>
</dl>
</details>
`;

/** The consent page. A host's own template has the same variables. */
export const CONSENT_TEMPLATE = `{{#> page}}
${INTRO}${CAUTION}${FACTS}<form method="post" action="{{formAction}}" autocomplete="off">
<input type="hidden" name="request" value="{{request}}">
<input type="hidden" name="csrf_token" value="{{csrfToken}}">
${PERMISSIONS}${ACTIONS}</form>
${DETAILS}{{/page}}
`;
