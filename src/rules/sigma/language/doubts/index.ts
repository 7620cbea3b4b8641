/** Warns of values that are legal but probably not meant: without a warning, the rule would never match and nobody would notice. */
import type { Mistake, Span } from '../../../../diagnostics/diagnostic.ts';
import { spanOf } from '../../../../diagnostics/yaml/places.ts';
import { KEYWORDS } from '../field-key.ts';
import { type MappedField, report } from '../field-scope.ts';
import type { Given } from '../given.ts';
import { unknownActionType } from './action-type.ts';
import { contradiction } from './contradiction.ts';
import { neverHeld } from './never-held.ts';
import { type Asked, askedOf, plainColumnOf } from './pattern.ts';
import { controlCharacter, escapedWildcard } from './written.ts';

/** Reports the doubtful values of a field. */
export function reportDoubts(given: readonly Given[], field: MappedField): void {
  const warn = (span: Span, mistake: Mistake) => report(field, span, mistake, 'warning');
  const patterns: Asked[] = [];
  const column = plainColumnOf(field);
  for (const one of given) {
    const character = controlCharacter(one, field.context.lines);
    if (character) {
      warn(character.span, character);
      continue;
    }
    const asked = askedOf(one, field, column);
    if (!asked) continue;
    patterns.push(asked);
    const mistake =
      escapedWildcard(asked) ??
      (field.key.field === KEYWORDS ? undefined : (unknownActionType(asked) ?? neverHeld(asked)));
    if (mistake) warn(spanOf(one.node, field.context.lines), mistake);
  }
  const mistake = field.key.plan.all ? contradiction(patterns, field, column) : undefined;
  if (mistake) warn(field.nameSpan, mistake);
}
