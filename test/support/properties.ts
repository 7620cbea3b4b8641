/** A setup file of Vitest: how many runs a property has that does not say it. */
import fc from 'fast-check';
import { runs } from './runs.ts';

fc.configureGlobal({ numRuns: runs(50) });
