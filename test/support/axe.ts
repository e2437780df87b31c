import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** What axe-core finds wrong with the page as it stands: every rule it has on by default, best practices too, and the size of targets (WCAG 2.2). */
export async function violations(page: Page): Promise<readonly string[]> {
  await settled(page);
  // By the developer tools, which the policy of the page does not bind.
  await page.evaluate(axe.source);
  const { violations: found, incomplete } = (await page.evaluate(
    `axe.run(document, { rules: { 'target-size': { enabled: true } } })`,
  )) as axe.AxeResults;
  return [...found, ...incomplete].flatMap(({ id, help, nodes }) =>
    nodes.map(
      ({ html, any }) => `${id}: ${help}: ${html.slice(0, 160)} ${any.map(({ message }) => message).join('; ')}`,
    ),
  );
}

/** Ends what ends by itself: a button that is armed late is not read half-way. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(`for (const animation of document.getAnimations()) {
    if (animation.effect.getComputedTiming().endTime !== Infinity) animation.finish();
  }`);
}
