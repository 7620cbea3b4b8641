/** Keeps what files of Sigma rules were compiled to, from one load of the rules to the next, also across starts. */
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { sha256OfAll } from '../../../shared/digest.ts';
import type { RuleFile } from '../../rule-file.ts';
import { type ParsedSigmaFile, parseSigmaFile } from '../language/parse.ts';
import type { OwnConditions, SigmaRule } from '../types.ts';
import { asciiJson } from './ascii-json.ts';
import { type KeptDetections, type KeptEntry, lengthOfEntry } from './entry.ts';
import { readKeptFile } from './kept-file.ts';
import { keptForm } from './write.ts';

/** How much of one file's rules is kept at most, in characters. */
const LONGEST_ENTRY = 1_048_576;

/**
 * Why a file was compiled: nothing was kept of it, its text has changed, what else its rules are compiled with has (columns, mappings, the code),
 * or what was kept cannot be read.
 */
export type WhyCompiled = 'none' | 'changed' | 'surroundings' | 'unreadable';

/** How the files of a load came to their rules. */
export interface LoadFigures {
  /** Files whose rules were read from what was kept. */
  readonly kept: number;
  /** Files that were compiled. */
  readonly compiled: Readonly<Partial<Record<WhyCompiled, number>>>;
}

interface Fresh {
  readonly digest: string;
  readonly parsed: ParsedSigmaFile;
}

interface Found {
  readonly entry: KeptEntry;
  readonly read: ParsedSigmaFile;
}

/** Writes what is kept of a file; undefined if nothing can be. */
type MakeEntry = () => readonly [path: string, entry: KeptEntry] | undefined;
/** @param used what was kept before and is used again. */
type EndLoad = (
  used: ReadonlyMap<string, KeptEntry>,
  fresh: readonly MakeEntry[],
  figures: LoadFigures,
) => void;

const NOTHING: KeptDetections = { environment: '', entries: new Map() };

/** What files of Sigma rules were compiled to by the last load. What older loads made is not kept. */
export class KnownDetections {
  readonly #build: string;
  readonly #onLoad: (figures: LoadFigures) => void;
  #kept: KeptDetections;
  /** The files that the last load compiled, until {@link KnownDetections.write} has written what is kept of them. */
  #fresh: readonly MakeEntry[] = [];
  #revision = 0;

  /**
   * @param build identifies the code that compiles: what other code kept is not used.
   * @param kept what an earlier process has kept.
   * @param onLoad told of each load.
   */
  constructor(
    build: string,
    kept: KeptDetections = NOTHING,
    onLoad: (figures: LoadFigures) => void = () => {},
  ) {
    this.#build = build;
    this.#kept = kept;
    this.#onLoad = onLoad;
  }

  /** What is kept now: what the last load found or {@link KnownDetections.write} has written. */
  get kept(): KeptDetections {
    return this.#kept;
  }

  /** Changes whenever {@link KnownDetections.kept} does. */
  get revision(): number {
    return this.#revision;
  }

  /**
   * Begins a load.
   * @param surroundings what the compilation of a rule depends on besides its own file and the code: JSON values.
   */
  load(surroundings: unknown): DetectionsLoad {
    const environment = sha256OfAll([JSON.stringify([this.#build, surroundings])]);
    const isSame = environment === this.#kept.environment;
    return new DetectionsLoad(this.#kept.entries, isSame, (entries, fresh, figures) => {
      this.#fresh = fresh;
      this.#onLoad(figures);
      if (isSame && entries.size === this.#kept.entries.size) return;
      this.#kept = { environment, entries };
      this.#revision++;
    });
  }

  /**
   * Writes what is kept of some files that were compiled. Takes some ten microseconds a rule.
   * @returns whether there is more to write.
   */
  write(most: number): boolean {
    if (this.#fresh.length === 0) return false;
    const entries = new Map(this.#kept.entries);
    const now = this.#fresh.slice(0, most);
    // First, so that a file that cannot be written is not tried again and again.
    this.#fresh = this.#fresh.slice(most);
    for (const make of now) {
      const made = make();
      if (!made) continue;
      entries.set(...made);
      this.#revision++;
    }
    this.#kept = { environment: this.#kept.environment, entries };
    return this.#fresh.length > 0;
  }

  /** What was kept is of no use: files are compiled until others were. */
  forget(): void {
    this.#kept = NOTHING;
    this.#fresh = [];
    this.#revision++;
  }
}

/** One load of the rules. */
export class DetectionsLoad {
  readonly #known: ReadonlyMap<string, KeptEntry>;
  readonly #isSame: boolean;
  readonly #end: EndLoad;
  readonly #used = new Map<string, KeptEntry>();
  readonly #fresh = new Map<string, Fresh>();
  /** By the detection as it is written, which a rule that an override has changed shares with the rule in the file. */
  readonly #conditions = new Map<SigmaRule['written'], readonly OwnConditions[]>();

  readonly #compiled: Partial<Record<WhyCompiled, number>> = {};
  #kept = 0;

  /** @param isSame whether what is known was compiled in the same surroundings, and can be used. */
  constructor(known: ReadonlyMap<string, KeptEntry>, isSame: boolean, end: EndLoad) {
    this.#known = known;
    this.#isSame = isSame;
    this.#end = end;
  }

  /** Reads a file, as `parseSigmaFile` does; rules that were kept know what they were compiled to. */
  parse(file: RuleFile): ParsedSigmaFile {
    const digest = digestOf(file);
    const found = this.#find(file, digest);
    if (typeof found !== 'string') {
      this.#used.set(file.path, found.entry);
      this.#kept++;
      return found.read;
    }
    this.#compiled[found] = (this.#compiled[found] ?? 0) + 1;
    const parsed = parseSigmaFile(file);
    if (digest !== undefined) this.#fresh.set(file.path, { digest, parsed });
    return parsed;
  }

  #find(file: RuleFile, digest: string | undefined): Found | WhyCompiled {
    const entry = this.#known.get(file.path);
    if (!entry) return 'none';
    if (!this.#isSame) return 'surroundings';
    if (entry.digest !== digest) return 'changed';
    const read = readKeptFile(file, entry);
    return read ? { entry, read } : 'unreadable';
  }

  /** Takes note of what a rule was compiled to. */
  note(rule: SigmaRule, conditions: readonly OwnConditions[]): void {
    this.#conditions.set(rule.written, conditions);
  }

  /** Every file was read, and every rule compiled. */
  end(): void {
    const conditions = this.#conditions;
    this.#end(
      this.#used,
      [...this.#fresh].map(([path, fresh]) => () => {
        const entry = entryOf(fresh, conditions);
        return entry && [path, entry];
      }),
      { kept: this.#kept, compiled: this.#compiled },
    );
  }
}

/** Undefined for a text that shares its bytes with others: halves of characters, which no file holds, are one and the same in UTF-8. */
function digestOf({ text }: RuleFile): string | undefined {
  return text.isWellFormed() ? sha256OfAll([text]) : undefined;
}

/** Undefined for a file that cannot be kept: it has errors, correlations or filters, or rules that were not compiled or depend on other things. */
function entryOf(
  { digest, parsed }: Fresh,
  conditions: ReadonlyMap<SigmaRule['written'], readonly OwnConditions[]>,
): KeptEntry | undefined {
  const { documents, diagnostics } = parsed;
  if (diagnostics.some(isError)) return undefined;
  const rules = documents.flatMap((rule) => {
    const tables = rule.kind === 'rule' ? conditions.get(rule.written) : undefined;
    return tables && rule.kind === 'rule' ? [{ rule, tables }] : [];
  });
  if (rules.length < documents.length) return undefined;
  const form = keptForm(diagnostics, rules);
  if (!form) return undefined;
  const entry = { digest, head: asciiJson(form.head), bodies: form.body.flat().map(asciiJson) };
  return lengthOfEntry(entry) > LONGEST_ENTRY ? undefined : entry;
}

function isError({ severity }: Diagnostic): boolean {
  return severity === 'error';
}
