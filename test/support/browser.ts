/** Pages of the console in a real browser: what went wrong in them is kept, and axe looks at them. */
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { inject } from 'vitest';

/** Whether the tests can run: `describe.skipIf(!hasBrowser())`. */
export function hasBrowser(): boolean {
  return inject('browser') !== undefined;
}

/** What must not happen in a page. Each a sentence; all are empty where nothing did. */
export interface Faults {
  /** What the Content Security Policy refused. */
  readonly policy: string[];
  /** Exceptions, errors of the console, which a failed request is too, and windows that a script opened: `alert`. */
  readonly errors: string[];
  /** Requests without a reply, or to another origin than the page's. */
  readonly requests: string[];
}

export interface OpenPage {
  readonly page: Page;
  readonly faults: Faults;
  /** The paths that were asked for, by the page and its workers, in their order. */
  readonly asked: readonly string[];
  /** What axe finds: each violation with its elements. */
  violations(): Promise<readonly string[]>;
  /** How many CSS pixels the page is wider than its window; 0 where it fits. */
  overflow(): Promise<number>;
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly theme?: 'light' | 'dark';
  /** CSS pixels. */
  readonly width?: number;
  readonly height?: number;
  /** Parts of errors that a test means to happen: `401`. */
  readonly expected?: RegExp;
  readonly context?: BrowserContextOptions;
  /** Whether the playground gives its engine as long as people do: other tests must not end with it on a busy machine. */
  readonly keepsLimit?: boolean;
}

// As text: the types of the tests are those of Node.
const REPORT_POLICY = `addEventListener('securitypolicyviolation', (event) => {
  console.error('policy: ' + event.violatedDirective + ' refuses ' + (event.blockedURI || event.sample));
})`;
// LIMITS of console/playground/engine-client.ts is 4 s.
const NO_LIMIT = `{
  const real = setTimeout;
  globalThis.setTimeout = (work, ms, ...rest) => real(work, ms === 4000 ? 100_000 : ms, ...rest);
}`;
const OVERFLOW = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
const RUN_AXE = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
  violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => id + ': ' + help + ': ' + html.slice(0, 200) + ' ' + failureSummary)))`;

/** How long a locator and a page's load are waited for: only what hangs takes so long, however busy the machine is. Milliseconds. */
const PATIENCE_MS = 120_000;

/** One connection for all files that a worker runs. It ends with the worker; the browser itself belongs to browser-setup.ts. */
let connected: Promise<Browser> | undefined;

/** Opens `url` in a context of its own, without cookies of other pages. The caller closes it. */
export async function openPage(url: string, options: OpenOptions = {}): Promise<OpenPage> {
  const {
    theme = 'light',
    width = 1200,
    height = 900,
    expected,
    context: more,
    keepsLimit = false,
  } = options;
  const endpoint = inject('browser');
  if (endpoint === undefined) throw new Error('There is no browser: see scripts/chromium.ts');
  connected ??= chromium.connect(endpoint);
  const context = await (await connected).newContext({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: 'reduce',
    ...more,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const faults = watch(page, new URL(url).origin, expected);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.addInitScript({ content: REPORT_POLICY });
  if (!keepsLimit) await page.addInitScript({ content: NO_LIMIT });
  await page.goto(url);
  return {
    page,
    faults,
    asked,
    violations: () => violations(page),
    overflow: () => page.evaluate<number>(OVERFLOW),
    close: () => context.close(),
  };
}

/** No fault at all: for `expect(faults).toEqual(NO_FAULTS)`. */
export const NO_FAULTS: Faults = { policy: [], errors: [], requests: [] };

function watch(page: Page, origin: string, expected: RegExp | undefined): Faults {
  const faults: Faults = { policy: [], errors: [], requests: [] };
  const keep = (list: string[], sentence: string) => {
    if (!expected?.test(sentence)) list.push(sentence);
  };
  page.on('console', (message) => {
    const text = message.text();
    const { url } = message.location();
    if (/^policy: |Content Security Policy/.test(text)) keep(faults.policy, text);
    // Chromium asks for an icon of its own accord now and then, where a page of a login names none.
    else if (message.type() === 'error' && !url.endsWith('/favicon.ico'))
      keep(faults.errors, `${text} ${url}`);
  });
  page.on('pageerror', (error) => keep(faults.errors, error.message));
  page.on('dialog', (dialog) => {
    keep(faults.errors, `${dialog.type()}: ${dialog.message()}`);
    void dialog.dismiss().catch(() => {});
  });
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? 'no reply';
    // A page that is left gives up what it asked for.
    if (why !== 'net::ERR_ABORTED') keep(faults.requests, `${request.url()}: ${why}`);
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (/^https?:$/.test(url.protocol) && url.origin !== origin)
      keep(faults.requests, `${url}: another origin`);
  });
  return faults;
}

async function violations(page: Page): Promise<readonly string[]> {
  // Evaluated by the debugger, which the page's policy does not concern.
  await page.evaluate(axe.source);
  return await page.evaluate<string[]>(RUN_AXE);
}
