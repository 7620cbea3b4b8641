/** What an editor needs to know of a folder of rule files beside the text that is edited: plain data, which can be sent between threads. */
import type { Span } from '../../diagnostics/diagnostic.ts';
import type { KustoType } from '../schema/index.ts';
import type { Logsource } from '../sigma/index.ts';

/** A folder of rule files, with the relay.yaml that it belongs to. Paths of files are those of the set of rule files. */
export interface FolderModel {
  readonly rules: readonly ModelRule[];
  /** By name. */
  readonly lists: readonly ModelList[];
  /** Undefined if there is no relay.yaml: any name is a destination. */
  readonly destinations: readonly ModelDestination[] | undefined;
  /** The tables that the folder adds to the shipped ones, or to which it adds columns: all of their columns. */
  readonly tables: readonly ModelTable[];
  /** The folder's own mappings of log sources. */
  readonly mappings: readonly ModelMapping[];
  readonly tests: readonly ModelTest[];
  /** The names of the variables of relay.yaml. */
  readonly variables: readonly string[];
}

/** A Sigma rule, a correlation or a filter. */
export interface ModelRule {
  readonly kind: 'rule' | 'correlation' | 'filter';
  readonly title: string;
  readonly id?: string;
  readonly name?: string;
  readonly level: string;
  readonly file: string;
  /** Where its title stands. */
  readonly span: Span;
  /** Absent for correlations. */
  readonly logsource?: Logsource;
}

export interface ModelList {
  readonly name: string;
  readonly type: string;
  readonly size: number;
  /** The columns beside the key. */
  readonly columns: readonly string[];
  /** Absent for a list without a file. */
  readonly file?: string;
  /** Milliseconds; absent if nothing says when it was written. */
  readonly age?: number;
  /** Whether it is older than it may be. */
  readonly isOld: boolean;
  readonly description?: string;
}

export interface ModelDestination {
  readonly name: string;
  /** `type` in relay.yaml; absent where it is not written yet. */
  readonly type?: string;
  /** Where its name stands in relay.yaml. */
  readonly span: Span;
}

export interface ModelTable {
  readonly table: string;
  readonly columns: Readonly<Record<string, KustoType>>;
}

/** A mapping of a log source, as far as its names go. */
export interface ModelMapping {
  readonly logsource: Logsource;
  readonly tables: readonly {
    readonly table: string;
    readonly fields: Readonly<Record<string, readonly string[]>>;
  }[];
}

/** A test in a table file or a `*.test.yaml`. */
export interface ModelTest {
  readonly title: string;
  readonly file: string;
  /** Where its title stands. */
  readonly span: Span;
  /** The titles or ids of rules whose alerts it expects. */
  readonly alerts: readonly string[];
}

/** The model of a folder of which nothing is known yet. */
export const EMPTY_MODEL: FolderModel = {
  rules: [],
  lists: [],
  destinations: undefined,
  tables: [],
  mappings: [],
  tests: [],
  variables: [],
};
