/** The repository's root. */
import { resolve } from 'node:path';

export const ROOT: string = resolve(import.meta.dirname, '..');
