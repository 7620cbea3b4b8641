/** The values of a preset's settings, as an entry of `destinations:` gives them. */
import type { Preset } from './preset.ts';
import { type Problem, wantedOf } from './preset-checks.ts';
import type { Values } from './template.ts';

/** What an entry gives. */
export interface GivenValues {
  readonly settings: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

/** Every setting that has a value, by its name. */
export function valuesOf({ settings }: Pick<Preset, 'settings'>, given: GivenValues): Values {
  return new Map(
    Object.entries(settings).flatMap(([name, one]) => {
      const value = own(one.secret ? given.secrets : given.settings, name) ?? one.default;
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** The key in the entry that a setting has. */
export function pathOfSetting({ settings }: Pick<Preset, 'settings'>, name: string): Problem['path'] {
  return [settings[name]?.secret ? 'secrets' : 'settings', name];
}

/** What is missing, what has another form than the preset says, and what the preset does not have. */
export function valueProblems(preset: Pick<Preset, 'settings'>, given: GivenValues): readonly Problem[] {
  return [...declaredProblems(preset, given), ...strangeValues(preset, given)];
}

function declaredProblems(preset: Pick<Preset, 'settings'>, given: GivenValues): readonly Problem[] {
  return Object.entries(preset.settings).flatMap(([name, one]): Problem[] => {
    const path = pathOfSetting(preset, name);
    const value = own(one.secret ? given.secrets : given.settings, name);
    if (value === undefined) {
      return one.optional || one.default !== undefined
        ? []
        : [{ path, message: `given: ${one.description}` }];
    }
    const wanted = wantedOf(value, one);
    return wanted === undefined ? [] : [{ path, message: wanted }];
  });
}

function strangeValues({ settings }: Pick<Preset, 'settings'>, given: GivenValues): readonly Problem[] {
  return (['settings', 'secrets'] as const).flatMap((key) =>
    Object.keys(given[key]).flatMap((name): Problem[] => {
      const one = own(settings, name);
      const isSecret = key === 'secrets';
      if (one?.secret === isSecret) return [];
      const path = [key, name];
      if (one) return [{ path, message: `written under \`${isSecret ? 'settings' : 'secrets'}\`` }];
      const names = Object.keys(settings).filter((each) => settings[each]?.secret === isSecret);
      const known = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`;
      return [{ path, message: `left out: the preset has no such key under \`${key}\`, ${known}` }];
    }),
  );
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
