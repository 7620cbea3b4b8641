/** The console: its pages under /console/, their data under /console/api/, and the login. */
import { type Context, Hono, type Next } from 'hono';
import { isOwnOrigin, strangeHost } from '../../src/console/access/origins.ts';
import { refuse } from '../answers.ts';
import { apiRoutes } from './api.ts';
import type { ConsoleDeps } from './deps.ts';
import { secure } from './headers.ts';
import { loginRoutes } from './login.ts';
import { pageRoutes } from './pages.ts';
import { refuseMethod } from './refusals.ts';
import { provenanceOf } from './request.ts';

/**
 * All addresses under /console/. Each request passes the same checks first, in this order: its host, where it comes from, and for data
 * and changes, who asks.
 */
export function consoleRoutes(deps: ConsoleDeps): Hono {
  const app = new Hono();
  app.get('/console', (c) => c.redirect('/console/', 308));
  app.use('/console/*', (c, next) => guard(c, next, deps));
  app.route('/console/api', apiRoutes(deps));
  app.route('/console', loginRoutes(deps));
  app.route('/console', pageRoutes(deps));
  app.all('/console/*', (c) => refuseMethod(c, 'GET, HEAD'));
  return app;
}

async function guard(c: Context, next: Next, { page }: ConsoleDeps): Promise<Response | undefined> {
  secure(c, isHttps(c, page.public_url));
  const refused = stranger(c, page);
  if (!refused) await next();
  return refused;
}

function stranger(c: Context, page: ConsoleDeps['page']): Response | undefined {
  const provenance = provenanceOf(c);
  const why = strangeHost(provenance, page);
  if (why !== undefined) return refuse(c, 403, { code: 'host_refused', message: why });
  const isChange = c.req.method !== 'GET' && c.req.method !== 'HEAD';
  const isData = c.req.path.startsWith('/console/api/');
  // Pages may be opened from anywhere: a link in a message leads to them, and Entra ID leads back to the callback.
  if (!(isChange || isData) || isOwnOrigin(provenance, page, { isChange })) return undefined;
  const message = 'The request does not come from a page of the console.';
  return refuse(c, 403, { code: 'cross_site', message });
}

function isHttps(c: Context, address: string | undefined): boolean {
  return (address ?? c.req.url).startsWith('https:');
}
