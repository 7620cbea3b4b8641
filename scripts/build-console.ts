/**
 * Builds the console's side in the browser (console/) to dist/console:
 *
 *   npm run build:console
 *
 * `npm ci` runs it too. Where the packages for it are not installed (`npm ci --omit=dev`) it says so and succeeds: the relay then has no
 * console.
 */
import { foreignCodeOf } from '../src/shared/errors.ts';

const builder = await import('./current-console.ts').catch((error: unknown) => {
  if (foreignCodeOf(error) === 'ERR_MODULE_NOT_FOUND') return undefined;
  throw error;
});
if (builder) await builder.currentConsole();
else console.warn('Not built: vite is not installed. The relay will have no console');
