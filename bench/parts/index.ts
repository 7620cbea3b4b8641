/** Lists the parts of the bench, in the order in which they run. */
import type { Part } from '../part.ts';
import { acknowledgements } from './acknowledgements.ts';
import { baselines } from './baselines.ts';
import { destinations } from './destinations.ts';
import { live } from './live.ts';
import { held, hostile, intake, matcher, workbench } from './programs.ts';
import { rules } from './rules.ts';
import { scale } from './scale.ts';
import { large, several } from './several.ts';
import { shapes } from './shapes.ts';
import { sizes } from './sizes.ts';
import { start } from './start.ts';
import { work } from './work.ts';

export const PARTS: readonly Part[] = [
  baselines,
  work,
  several,
  large,
  destinations,
  acknowledgements,
  sizes,
  rules,
  shapes,
  matcher,
  workbench,
  hostile,
  start,
  live,
  intake,
  held,
  scale,
];
