/** The step `user_agent`: names the browser, the operating system and the device of a user agent. */
import { parse } from 'bowser';
import { z } from 'zod';
import type { JsonObject } from '../../shared/json.ts';
import type { Work } from '../work.ts';
import { defineStep } from './step.ts';

/** Only so much of a text is looked at: what a row holds may be made to keep patterns busy. UTF-16 units. */
const LONGEST = 512;
/** The cost of one user agent, in nanoseconds: the most that was measured for texts of that length (test/rules/transforms). */
const COST = 5_000_000;
/** User agents repeat from row to row, so the last ones are kept. */
const KEPT = 256;

/** `user_agent: { column: UserAgent, to: agent }`: browser, operating system and kind of device. */
export const userAgent = defineStep(
  'user_agent',
  z
    .strictObject({
      column: z.string().min(1).describe('The column with the user agent.'),
      to: z.string().min(1).describe('The column that gets the parts, as an object.'),
    })
    .describe(
      'Takes a user agent apart, by the library bowser: `browser`, `browser_version`, `os`, `os_version`, `device` (desktop, mobile, tablet, tv, bot) and `engine`, as far as they are known. A user agent can be forged.',
    ),
  ({ column, to }, context) => {
    context.need(column, ['column'], { types: ['string', 'dynamic'] });
    context.columns.add(to, 'dynamic');
    const known = new Map<string, JsonObject>();
    return (draft) => {
      const value = draft.get(column);
      if (typeof value !== 'string' || value === '') return;
      const text = value.slice(0, LONGEST);
      const parts = known.get(text) ?? partsOf(text, draft.work);
      if (!parts) return;
      if (known.size >= KEPT) known.clear();
      known.set(text, parts);
      if (Object.keys(parts).length > 0) draft.set(to, parts);
    };
  },
  {
    table: 'CloudAppEvents',
    value: { column: 'UserAgent', to: 'agent' },
    row: {
      UserAgent:
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36',
    },
    result: {
      UserAgent:
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36',
      agent: {
        browser: 'Chrome',
        browser_version: '120.0.0.0',
        os: 'Windows',
        os_version: 'NT 10.0',
        device: 'desktop',
        engine: 'Blink',
      },
    },
  },
);

/** Undefined where the row's allowance does not hold the work. */
function partsOf(text: string, work: Work): JsonObject | undefined {
  if (!work.take('steps', COST)) {
    work.cut();
    return undefined;
  }
  const { browser, os, platform, engine } = parse(text);
  const parts = {
    browser: browser.name,
    browser_version: browser.version,
    os: os.name,
    os_version: os.version,
    device: platform.type,
    engine: engine.name,
  };
  return Object.fromEntries(
    Object.entries(parts).flatMap(([key, part]) => (part === undefined || part === '' ? [] : [[key, part]])),
  );
}
