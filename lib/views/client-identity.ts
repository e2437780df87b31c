/** Whether somebody stands behind a client (CON-03), for a template that has `verified` and `clientIdHost`. */
export const STANDING_BADGE = `{{#if verified}}
<span class="badge badge-good">{{#if clientIdHost}}{{text "consent.verifiedHost"}}{{else}}{{text "consent.verified"}}{{/if}}</span>
{{else}}
<span class="badge badge-warn">{{text "consent.unverified"}}</span>
{{/if}}
`;

/** The website that a client names, for a template that has `clientUri` and `clientUriHost`. */
export const WEBSITE = `<span>{{#if verified}}{{text "consent.website"}}{{else}}{{text "consent.saysWebsite"}}{{/if}} <a href="{{clientUri}}" rel="noreferrer noopener"><bdi>{{clientUriHost}}</bdi></a></span>
`;
