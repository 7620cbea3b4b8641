/** Keeps compiled lists from one load of the rules to the next: one whose file is the same is not compiled anew. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { RuleFile } from '../rule-file.ts';
import type { CompiledList } from './compiled-list.ts';
import type { Declaration } from './declaration.ts';

interface KnownList {
  readonly file: RuleFile;
  readonly declared: string;
  readonly list: CompiledList;
  readonly diagnostics: readonly Diagnostic[];
}

/** A list to look for: its file, and what is declared about it elsewhere. */
export interface ListOfFile {
  readonly file: RuleFile;
  readonly declared: Declaration | undefined;
}

/** The lists of the last load, each with what was reported of its file. Older ones are not kept. */
export class KnownLists {
  #last: ReadonlyMap<string, KnownList> = new Map();
  #next = new Map<string, KnownList>();

  /** The list that was made of an equal file with equal declarations, and what was reported then; undefined if there is none. */
  find({ file, declared }: ListOfFile): Pick<KnownList, 'list' | 'diagnostics'> | undefined {
    const known = this.#last.get(file.path);
    if (!known || known.declared !== String(JSON.stringify(declared)) || !isEqual(known.file, file))
      return undefined;
    this.#next.set(file.path, known);
    return known;
  }

  keep({ file, declared }: ListOfFile, list: CompiledList, diagnostics: readonly Diagnostic[]): void {
    this.#next.set(file.path, { file, declared: String(JSON.stringify(declared)), list, diagnostics });
  }

  /** Every list of this load was found or kept. */
  end(): void {
    this.#last = this.#next;
    this.#next = new Map();
  }
}

/** Whether the content is the same. It is compared itself, not a digest of it: the file of a set in force is in memory anyway. */
function isEqual(one: RuleFile, other: RuleFile): boolean {
  return one.text === other.text && one.database?.sha256 === other.database?.sha256;
}
