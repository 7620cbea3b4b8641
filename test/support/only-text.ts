/** What must hold of each page of the console, whatever rows, rules, replies, names and addresses hold: they are text, all of it is seen, and nothing is pushed aside. */
import { expect } from 'vitest';
import type { OpenPage } from './browser.ts';

export const MARKUP = '<img src=x onerror=alert(1)><script>alert(1)</script>';
/** Says to a reader who does not see the mark that it is a picture. */
export const BIDI = 'a\u202egpj.exe';
export const CONTROLS = 'bell\u0007 escape\u001b[31m none\u200bwide';
/** A word in which no line can end. */
export const UNBROKEN = 'x'.repeat(150);
/** All of them in one line. */
export const HOSTILE_TEXT = `${MARKUP} ${BIDI} ${CONTROLS} ${UNBROKEN}`;
/** The same, a megabyte long. */
export const LONGEST_TEXT = `${HOSTILE_TEXT}${'y'.repeat(1_000_000)}`;

/** CSS pixels. */
const WIDTHS = [360, 1280] as const;

// As text: the types of the tests are those of Node.
const STRANGE = `(() => {
  const found = [];
  const unseen = /[^\\P{Cc}\\n\\t]|[\\p{Cf}\\p{Cs}\\p{Co}\\u2028\\u2029]/u;
  const actives = 'script, style, link, base, iframe, frame, object, embed, img, video, audio, math, template, meta';
  for (const one of document.body.querySelectorAll('*')) {
    if (one.matches(actives)) found.push('element: ' + one.outerHTML.slice(0, 200));
    for (const { name, value } of one.attributes) {
      const isActive = /^on|^srcdoc$/.test(name) || (/^(?:href|src|action|formaction|xlink:href)$/.test(name) && !/^(?:https:\\/\\/|\\/|#|\\.)/.test(value));
      if (isActive) found.push('attribute: ' + name + '=' + value.slice(0, 200));
      if (unseen.test(value)) found.push('unseen in ' + name + ': ' + JSON.stringify(value.slice(0, 200)));
    }
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { parentElement, nodeValue } = texts.currentNode;
    if (parentElement.tagName !== 'TEXTAREA' && unseen.test(nodeValue)) found.push('unseen: ' + JSON.stringify(nodeValue.slice(0, 200)));
  }
  return found;
})()`;

/** The element that reaches farthest to the right, of those that do not scroll. */
const WIDEST = `[...document.body.querySelectorAll('*')].filter((one) => !one.closest('.scroll'))
  .sort((a, b) => b.getBoundingClientRect().right - a.getBoundingClientRect().right)[0].outerHTML.slice(0, 200)`;

/**
 * What of a page, as it is now, is more than text, one sentence each: elements or attributes that do something, characters that nobody sees, a page
 * wider than a window of 360 or of 1,280 pixels, and, since it was opened, what ran, was refused by the policy, or went to another origin.
 */
export async function moreThanText({ page, faults, overflow }: OpenPage): Promise<readonly string[]> {
  const found: string[] = [];
  const before = page.viewportSize();
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    const beyond = await overflow();
    if (beyond > 0)
      found.push(`at ${width} pixels, ${beyond} are out of view: ${await page.evaluate(WIDEST)}`);
  }
  if (before) await page.setViewportSize(before);
  return [...found, ...(await page.evaluate<string[]>(STRANGE)), ...Object.values(faults).flat()];
}

export async function expectOnlyText(open: OpenPage): Promise<void> {
  expect(await moreThanText(open)).toEqual([]);
}
