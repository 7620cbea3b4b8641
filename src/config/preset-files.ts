/** The preset files that the destinations of a relay.yaml name: which a host has to read, and what stands in them. */
import { isPresetPath, presetSchema } from '../destinations/preset-files.ts';
import type { Diagnostic, Finding } from '../diagnostics/diagnostic.ts';
import { findingsOf } from '../diagnostics/issues.ts';
import { type Path, pathText, valueAt } from '../diagnostics/path.ts';
import type { Data } from '../diagnostics/yaml/data.ts';
import { type DataFileKind, inPlace, readDataFile } from '../diagnostics/yaml/file.ts';
import { RELAY_YAML } from './document.ts';
import type { SecretValues } from './fill-in.ts';

const PRESET_FILE: DataFileKind = {
  characters: 65_536,
  values: 5_000,
  starter: 'docs/destinations/presets.md says what belongs in it',
};

/** The presets of a relay.yaml in place. */
export interface PlacedPresets {
  /** Where a preset was put in place of its path, and the path. */
  readonly placed: readonly { readonly path: Path; readonly text: string }[];
  /** Of relay.yaml. */
  readonly findings: readonly Finding[];
  /** Of the preset files. */
  readonly diagnostics: readonly Diagnostic[];
  /** The texts of preset files, by the names that `diagnostics` has. */
  readonly sources: ReadonlyMap<string, string>;
}

interface Use {
  /** Of the key `preset`. */
  readonly at: Path;
  /** As written. */
  readonly file: string;
}

/** The key of a preset file among what a host has read. @param path as relay.yaml has it. */
export function presetKey(path: string): string {
  return `preset:${path}`;
}

/** The paths of the preset files that a relay.yaml names, as written, each once. Pure; never throws. */
export function presetPaths(text: string): readonly string[] {
  // Most files have none, and are parsed only once.
  if (!/\bpreset["']?\s*:/.test(text)) return [];
  const { file } = readDataFile({ path: 'relay.yaml', text }, RELAY_YAML);
  return file && !file.unreadable ? [...new Set(usesIn(file.data).map(({ file: path }) => path))] : [];
}

/**
 * Puts the content of preset files in place of their paths. A file with mistakes is not put in place: its findings say so.
 *
 * @param data of a relay.yaml. It is changed.
 * @param files what the host has read, by {@link presetKey}.
 * @param relayYaml its path for people, to which those of preset files are relative.
 */
export function placePresets(data: Data, files: SecretValues, relayYaml: string): PlacedPresets {
  const placed: { path: Path; text: string }[] = [];
  const findings: Finding[] = [];
  const diagnostics: Diagnostic[] = [];
  const sources = new Map<string, string>();
  for (const { at, file } of usesIn(data)) {
    const read = files.get(presetKey(file)) ?? { trouble: 'it was not read' };
    if ('trouble' in read) {
      const message = `the preset ${file} cannot be read: ${read.trouble}`;
      const hint =
        'a path is relative to the folder of relay.yaml; a name without "/" and without ".yml" is that of a shipped preset';
      findings.push({ code: 'missing-preset', path: at, message, hint });
      continue;
    }
    const name = besides(relayYaml, file);
    const found = presetIn(name, read.value);
    if (!sources.has(name)) diagnostics.push(...found.diagnostics);
    sources.set(name, read.value);
    if (found.data === undefined) {
      const [first] = found.diagnostics;
      const where = first ? `line ${first.span.line}: ${first.message}` : 'it is empty';
      findings.push({ code: 'bad-preset', path: at, message: `the preset ${file} has errors: ${where}` });
      continue;
    }
    const entry: unknown = valueAt(data, at.slice(0, -1));
    if (typeof entry === 'object' && entry !== null) Reflect.set(entry, 'preset', found.data);
    placed.push({ path: at, text: file });
  }
  return { placed, findings, diagnostics, sources };
}

/** The mistakes of a file, or its data as its schema takes it. */
function presetIn(
  path: string,
  text: string,
): { readonly data: Data | undefined; readonly diagnostics: readonly Diagnostic[] } {
  const { file, diagnostics } = readDataFile({ path, text }, PRESET_FILE);
  if (!file || file.unreadable) return { data: undefined, diagnostics };
  const { error } = presetSchema.safeParse(file.data);
  const found = findingsOf(error?.issues ?? [], { schema: presetSchema, data: file.data, at: [] });
  const all = [...diagnostics, ...inPlace(found, file)];
  const isBroken = all.some(({ severity }) => severity === 'error');
  return { data: isBroken ? undefined : file.data, diagnostics: all };
}

function usesIn(data: Data): readonly Use[] {
  const destinations = valueAt(data, ['destinations']);
  if (typeof destinations !== 'object' || destinations === null) return [];
  return Object.keys(destinations).flatMap((name): Use[] => {
    const at = ['destinations', name, 'preset'];
    const file = valueAt(data, at);
    return typeof file === 'string' && isPresetPath(file) ? [{ at, file }] : [];
  });
}

/** The path of a file beside relay.yaml, for people. */
function besides(relayYaml: string, file: string): string {
  if (/^(?:[/\\]|[A-Za-z]:)/.test(file)) return file;
  const folder = relayYaml.slice(0, Math.max(relayYaml.lastIndexOf('/'), relayYaml.lastIndexOf('\\')) + 1);
  return `${folder}${file.replace(/^\.\//, '')}`;
}

/** Whether a finding is about what `placePresets` has found something about already. */
export function isAboutPreset({ path }: Pick<Finding, 'path'>, findings: readonly Finding[]): boolean {
  return findings.some(({ path: at }) => pathText(path.slice(0, at.length)) === pathText(at));
}
