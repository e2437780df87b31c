/**
 * The consent page. Deny is the first submit button, so the browser's implicit submission (Enter in a check box) can
 * never approve. Required permissions are words, not boxes: the endpoint adds them whatever is posted.
 */
export const CONSENT_TEMPLATE = `{{#> page}}
<div class="pair" aria-hidden="true">
<span class="tile tile-client">{{clientMonogram}}</span>
<span class="wire"></span>
<span class="tile">{{resourceMonogram}}</span>
</div>
<h1><bdi>{{clientName}}</bdi> wants to connect to <bdi>{{resourceName}}</bdi></h1>
<p class="identity">
{{#if verified}}
<span class="badge badge-good">Verified</span>
{{else}}
<span class="badge badge-warn">Unverified</span>
{{/if}}
{{#if clientIdHost}}
<span class="host">{{clientIdHost}}</span>
{{else if clientUri}}
<a href="{{clientUri}}" rel="noreferrer noopener">{{clientUriHost}}</a>
{{/if}}
</p>
{{#unless verified}}
<section class="caution" aria-labelledby="caution-title">
<h2 id="caution-title">Did you start this?</h2>
<p>Anyone can ask under any name, and nobody has checked this one.</p>
</section>
{{/unless}}
<form method="post" action="{{formAction}}" autocomplete="off">
<input type="hidden" name="request" value="{{request}}">
<input type="hidden" name="csrf_token" value="{{csrfToken}}">
{{#each requiredScopes}}
<p>{{title}} {{description}}</p>
{{/each}}
{{#each optionalScopes}}
<label><input type="checkbox" name="scopes" value="{{name}}"{{#if checked}} checked{{/if}}> {{title}} {{description}}</label>
{{/each}}
<div class="actions">
<button class="button" type="submit" name="approved" value="false">Deny</button>
<button class="button button-primary" type="submit" name="approved" value="true">Allow</button>
</div>
</form>
{{/page}}
`;
