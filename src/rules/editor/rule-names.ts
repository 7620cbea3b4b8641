/** Finds rules by what other files call them: id, name or title. */
import type { FolderModel, ModelRule } from './model.ts';

/** The rules and correlations that a name means; several if the name is a title that is there twice. */
export function rulesNamed(name: string, { rules }: Pick<FolderModel, 'rules'>): readonly ModelRule[] {
  const wanted = name.trim().toLowerCase();
  if (wanted === '') return [];
  return rules.filter(
    (rule) =>
      rule.kind !== 'filter' &&
      (rule.id?.toLowerCase() === wanted || rule.name === name || rule.title.trim().toLowerCase() === wanted),
  );
}

/** The rules of a name or of a list of names, which may be anything that a file holds. */
export function namedRules(names: unknown, model: Pick<FolderModel, 'rules'>): readonly ModelRule[] {
  const list = Array.isArray(names) ? names : [names];
  return list.flatMap((name) => (typeof name === 'string' ? rulesNamed(name, model) : []));
}
