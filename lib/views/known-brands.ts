import unhomoglyph from 'unhomoglyph';

/** Names that people trust in this field, and the hosts whose owners may use them. Both as of November 2026. */
const BRANDS: readonly (readonly [names: readonly string[], hosts: readonly string[]])[] = [
  [
    ['claude', 'anthropic'],
    ['claude.ai', 'claude.com', 'anthropic.com'],
  ],
  [
    ['chatgpt', 'openai', 'codex'],
    ['chatgpt.com', 'openai.com'],
  ],
  [
    ['cursor', 'anysphere'],
    ['cursor.com', 'cursor.sh'],
  ],
  [
    ['visualstudio', 'vscode', 'copilot', 'github', 'microsoft'],
    ['vscode.dev', 'visualstudio.com', 'github.com', 'github.dev', 'microsoft.com'],
  ],
  [
    ['gemini', 'google'],
    ['google.com', 'googleapis.com'],
  ],
  [['perplexity'], ['perplexity.ai']],
  [['mistral'], ['mistral.ai']],
];

/** Digits and signs that are read as letters. */
const LETTERS: Readonly<Record<string, string>> = { '3': 'e', '4': 'a', '5': 's', $: 's', '@': 'a' };

/** Whether a name looks like one of a well-known vendor, and the host is none of that vendor's. */
export function imitatesBrand(name: string, host: string): boolean {
  const looks = skeleton(name);
  const domain = host.toLowerCase().replace(/:\d+$/, '');
  return BRANDS.some(
    ([names, hosts]) =>
      names.some((brand) => looks.includes(skeleton(brand))) &&
      !hosts.some((own) => domain === own || domain.endsWith(`.${own}`)),
  );
}

/** What a hasty reader sees: without case, marks, blanks and signs, and with letters for whatever looks like one, as a capital or a small letter. */
function skeleton(text: string): string {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[345$@]/g, (sign) => LETTERS[sign] ?? '');
  return unhomoglyph(unhomoglyph(plain).toLowerCase())
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
    .replace(/i/g, 'l');
}
