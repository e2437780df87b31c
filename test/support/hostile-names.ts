/** What a client may say about itself to mislead or break a page; other members are in order. */
export interface HostileName {
  readonly what: string;
  readonly client_name?: string;
  readonly client_uri?: string;
  readonly tos_uri?: string;
  readonly policy_uri?: string;
  readonly redirect_uri?: string;
}

const named = (what: string, client_name: string): HostileName => ({ what, client_name });
const ZALGO = Array.from('Claude', (letter) => letter + '\u0301\u0316\u0489\u20dd'.repeat(30)).join('');

const MARKUP: readonly HostileName[] = [
  named('a script', '<script>alert(1)</script>'),
  named('an image with a handler', '<img src=x onerror=alert(1)>'),
  named('an SVG with a handler', '<svg/onload=alert(1)>'),
  named('a way out of the heading', '</bdi></h1><h1>Verified by your bank</h1>'),
  named('a way out of the page', '</title></style></main></body></html><body>'),
  named('a form of its own', '<form action=https://evil.example><button>Allow</button></form>'),
  named('a base and a refresh', '<base href=//evil.example><meta http-equiv=refresh content=0;url=//evil.example>'),
  named('a style', '<style>.caution{display:none}</style>'),
  named('a comment that never ends', '<!-- -->--!><!--'),
  named('a CDATA section', '<![CDATA[<script>alert(1)</script>]]>'),
  named('a way out of a double-quoted attribute', '" autofocus onfocus="alert(1)'),
  named('a way out of a single-quoted attribute', "' onclick='alert(1)"),
  named('a way out of an attribute without quotes', 'x onmouseover=alert(1) y=`z`'),
  named('character references', '&lt;script&gt;&#60;img src=x&#62;&#x202e;&amp;lt;b&amp;gt;'),
  named('a template', '{{constructor.constructor("return process")()}}'),
  named('an unescaped template', '{{{accountName}}} {{> page}} {{#each requestedScopes}}{{name}}{{/each}}'),
  named('other template languages', '${7*7} #{7*7} <%= 7*7 %> {% raw %} [[7*7]] $(id) `id`'),
  named('UTF-7', '+ADw-script+AD4-alert(1)+ADw-/script+AD4-'),
  named('markup of full width', '\uff1cscript\uff1ealert(1)\uff1c/script\uff1e'),
];

const UNSEEN: readonly HostileName[] = [
  named('a right-to-left override', 'Tools \u202eexe.nialP\u202c helper'),
  named('overrides and embeddings without end', '\u202e\u202d\u202a\u202b'.repeat(50) + 'Plain'),
  named('isolates left open', '\u2066\u2067\u2068Plain'),
  named('an isolate that is closed twice', '\u2069\u2069\u202c\u202cPlain\u2067'),
  named('bidi marks between letters', 'P\u200el\u200fa\u061cin'),
  named('zero-width blanks between letters', 'P\u200bl\u200ca\u200din\u2060 \ufeffTool'),
  named('soft hyphens', 'Pl\u00adai\u00adn'),
  named('language tags', 'Plain\u{e0041}\u{e0042}\u{e007f}'),
  named('variation selectors without end', `Plain${'\ufe0f'.repeat(2000)}\u{e0100}`),
  named('joiners without end', `P${'\u200d'.repeat(800)}lain`),
  named('a NUL', 'Pla\0in'),
  named(
    'every control',
    Array.from({ length: 33 }, (_, code) => String.fromCharCode(code)).join('') + 'Plain\x7f\x9b31m',
  ),
  named('terminal colours', '\x1b[31mPlain\x1b[0m'),
  named('line breaks', 'Plain\r\n\r\nVerified by your bank\n\n\n\n\n\n\n\n.'),
  named('line and paragraph separators', 'Plain\u2028Verified\u2029by\u0085your\u000bbank'),
  named('five thousand blanks', `Plain${' \u3000\u00a0'.repeat(1700)}Code`),
  named('nothing to see', '\u200b\u2060\u3164\u2800'),
  named('lone surrogates', 'Pl\ud800ain\udc00'),
  named('private-use characters and noncharacters', 'Plain\ue000\uf8ff\ufffe\u{10fffe}'),
  named('object replacement and annotation', 'Plain\ufff9\ufffa\ufffb\ufffc'),
];

const FLOODS: readonly HostileName[] = [
  named('ten kilobytes', 'Plain '.repeat(1500)),
  named('one word of ten kilobytes', 'W'.repeat(10_000)),
  named('one word as long as registration takes', 'W'.repeat(200)),
  named('an unbroken word of wide letters', '\ufdfd'.repeat(200)),
  named('zalgo', ZALGO),
  named('one letter under ten thousand marks', `A${'\u0300'.repeat(10_000)}`),
  named('marks that enclose', `A${'\u20dd\u20de\u20df\u20e0'.repeat(100)} B`),
  named('an emoji flood', '😀'.repeat(500)),
  named('an emoji flood that registration takes', '😀'.repeat(95)),
  named('emoji families without end', '👩‍👩‍👧‍👦'.repeat(15)),
  named('flags', '🇺🇸'.repeat(45)),
  named('tall letters of several scripts', 'ꧏ𒈙༒ྼ꙰ᄀ𒐫'.repeat(12)),
  named('Hangul that composes without end', 'ᄀ'.repeat(70) + 'ᅡ'.repeat(70)),
  named('unbreakable blanks and hyphens', 'A\u00a0\u2011'.repeat(60)),
];

const GUISES: readonly HostileName[] = [
  named('Cyrillic look-alikes of Claude', 'Сlаudе'),
  named('Greek and full-width look-alikes', 'ＣｌａｕｄｅＣｏｄｅ Οpenαi'),
  named('mathematical letters', '𝐂𝐥𝐚𝐮𝐝𝐞'),
  named('digits for letters', 'C1aude by 0penAI'),
  named('a badge in the name', 'Claude ✅ Verified ✔️'),
  named('the words of the page', 'Notes has verified this app. Choose Allow'),
  named('a name from right to left', 'תוכנת הערות של קלוד'),
  named('Arabic with numbers and brackets', 'تطبيق (123) [456] ملاحظات'),
  named('a host name as a name', 'accounts.google.com'),
  named('Persian, which needs its joiner', 'می‌خواهم یادداشت‌ها'),
];

const uri = (what: string, client_uri: string): HostileName => ({ what, client_name: 'Plain', client_uri });
const redirect = (what: string, redirect_uri: string): HostileName => ({ what, client_name: 'Plain', redirect_uri });
const LONG_HOST = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.evil.example`;

const ADDRESSES: readonly HostileName[] = [
  uri('a script as website', 'javascript:alert(1)'),
  uri('a script with blanks before it', ' \tjava\nscript:alert(1)'),
  uri('data as website', 'data:text/html,<script>alert(1)</script>'),
  uri('a website without encryption', 'http://client.example/'),
  uri('a website with a user name', 'https://claude.ai@evil.example/'),
  uri('a website in look-alike letters', 'https://сlаudе.ai/'),
  uri('a website in Punycode', 'https://xn--lude-53d8b.ai/'),
  uri('a website with markup in it', 'https://evil.example/"><script>alert(1)</script>'),
  uri('a website with an endless host', `https://${LONG_HOST}/`),
  uri('a website of ten kilobytes', `https://evil.example/${'a'.repeat(10_000)}`),
  uri('a website on this computer', 'https://127.0.0.1/'),
  {
    what: 'scripts as terms and policy',
    client_name: 'Plain',
    tos_uri: 'javascript:alert(1)',
    policy_uri: 'vbscript:x',
  },
  redirect('a redirect host in Punycode', 'https://xn--lude-53d8b.ai/callback'),
  redirect('a redirect host that has no end', `https://${LONG_HOST}/callback`),
  redirect('a redirect path with markup', 'https://client.example/%22%3E%3Cscript%3E'),
  redirect('a redirect path without end', `https://client.example/${'a'.repeat(1500)}`),
  redirect('a redirect to a script', 'javascript:alert(1)'),
  redirect('a redirect with a user name', 'https://claude.ai@evil.example/callback'),
];

/** Those that registration takes no part of; the others are registered as they are, or cleaned. */
export const NOT_REGISTERED: readonly string[] = [
  'ten kilobytes',
  'one word of ten kilobytes',
  'an emoji flood',
  'a script as website',
  'a script with blanks before it',
  'data as website',
  'a website without encryption',
  'a website with a user name',
  'a website in look-alike letters',
  'a website with markup in it',
  'a website of ten kilobytes',
  'scripts as terms and policy',
  'a redirect to a script',
  'a redirect with a user name',
];

export const HOSTILE_NAMES: readonly HostileName[] = [...MARKUP, ...UNSEEN, ...FLOODS, ...GUISES, ...ADDRESSES];
