import type { Page } from 'playwright-core';

/** Fills in the sample application's login form, as somebody does who wants to go on. */
export async function signIn(page: Page, name: 'ada' | 'grace' = 'ada'): Promise<void> {
  await page.getByLabel('E-mail address').fill(`${name}@example.com`);
  await page.getByLabel('Password').fill(`${name}-password`);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** The decision on the consent page. */
export async function decide(page: Page, answer: 'Allow' | 'Deny'): Promise<void> {
  await page.getByRole('button', { name: answer, exact: true }).click();
}
