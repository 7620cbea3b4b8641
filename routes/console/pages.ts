/** The files of the built console. Every address of a page answers index.html: which page it is, the browser decides. */
import { type Context, Hono } from 'hono';
import { refuse } from '../answers.ts';
import type { Asset, ConsoleDeps } from './deps.ts';

/** The content types of what Vite builds. A file of another kind is not served. */
const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  ico: 'image/x-icon',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  png: 'image/png',
  svg: 'image/svg+xml',
  wasm: 'application/wasm',
  webmanifest: 'application/manifest+json',
  woff2: 'font/woff2',
};

/** A file's name carries a hash of its content, so that it never changes. Seconds. */
const FOR_EVER = 'public, max-age=31536000, immutable';

/** Below the folder: no `..`, no hidden file, no empty part. */
const FILE = /^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*\.(\w+)$/;

export function pageRoutes(deps: ConsoleDeps): Hono {
  const app = new Hono();
  app.get('*', async (c) => {
    const path = c.req.path.slice('/console/'.length);
    const isAsset = path.startsWith('assets/');
    if (!isAsset && !/\.\w+$/.test(path)) return answerIndex(c, deps);
    const type = TYPES[FILE.exec(path)?.[1] ?? ''];
    const asset = type === undefined ? undefined : await find(c, deps, path);
    if (!asset || type === undefined) {
      return refuse(c, 404, { code: 'not_found', message: 'There is nothing here.' });
    }
    return answerAsset(c, asset, type, isAsset ? FOR_EVER : 'no-cache');
  });
  return app;
}

async function answerIndex(c: Context, deps: ConsoleDeps): Promise<Response> {
  const index = await find(c, deps, 'index.html');
  if (index) return answerAsset(c, index, 'text/html; charset=utf-8', 'no-store');
  const message =
    'The pages of the console are not built. In a clone: npm run build:console. The API under /console/api/ works without them.';
  return refuse(c, 503, { code: 'console_not_built', message });
}

function find(c: Context, { assets }: ConsoleDeps, path: string): Promise<Asset | undefined> {
  const accepted = (c.req.header('accept-encoding') ?? '').toLowerCase().split(',');
  return assets.find(path, (encoding) =>
    accepted.some((each) => {
      const [name = '', weight = ''] = each.split(';').map((part) => part.trim());
      return name === encoding && !/^q=0(?:\.0*)?$/.test(weight);
    }),
  );
}

function answerAsset(c: Context, { body, encoding }: Asset, type: string, caching: string): Response {
  return c.body(body, 200, {
    'content-type': type,
    'cache-control': caching,
    vary: 'accept-encoding',
    ...(encoding !== undefined && { 'content-encoding': encoding }),
  });
}
