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
  return VISIBLE.test(line) ? line : '';
}
