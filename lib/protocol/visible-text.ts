/** Letters, digits, punctuation and symbols: something a person can see. */
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;
/**
 * Characters that show nothing or reorder what is around them: controls (tab and newline become a blank first), lone
 * surrogates, private use and unassigned code points, and everything Unicode calls default-ignorable, which includes the
 * bidi marks, embeddings, overrides and isolates. The joiners and variation selectors inside emoji and Indic or
 * Persian words are kept.
 */
const HIDDEN = /(?!\u200c|\u200d|\ufe0e|\ufe0f)[\p{C}\p{Default_Ignorable_Code_Point}\u2800]/gu;
/** More than three marks on one letter are a drawing that runs over the neighbouring lines, where the warnings stand. */
const STACKED_MARKS = /(\p{M}{3})\p{M}+/gu;

/**
 * Code points of what a reader takes for one character. The longest that means something is a couple with skin tones, of ten; letters or joiners
 * that run together without end would leave the page, because no line ends within a character.
 */
const LONGEST_CHARACTER = 12;
const characters = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * Text that somebody else chose, as a person may see it: one line, no hidden or reordering characters (CON-11). HTML is escaped later, by
 * the template. An empty string when nothing visible is left.
 */
export function visibleText(value: string): string {
  const line = value
    .replace(/\s+/gu, ' ')
    .replace(HIDDEN, '')
    .replace(STACKED_MARKS, '$1')
    .replace(/ {2,}/g, ' ')
    .trim();
  return VISIBLE.test(line) ? withoutLongCharacters(line) : '';
}

function withoutLongCharacters(line: string): string {
  // Of ASCII, every character is one of its own; the segmenter is slow.
  if (/^[ -~]*$/.test(line)) return line;
  return Array.from(characters.segment(line), ({ segment }) =>
    Array.from(segment).slice(0, LONGEST_CHARACTER).join(''),
  ).join('');
}
