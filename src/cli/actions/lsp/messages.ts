/** What the language server and its thread say to each other. */
import type { Severity, Span } from '../../../diagnostics/diagnostic.ts';
import type { FolderModel } from '../../../rules/editor/model.ts';

/** Where the server looks for relay.yaml and rule files. Paths are absolute. */
export interface Setup {
  /** The folders that are open in the editor. */
  readonly roots: readonly string[];
  /** `--config` */
  readonly config: string | undefined;
  /** `--transforms` */
  readonly transforms: readonly string[];
}

/** An open document. */
export interface OpenText {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/** What has changed since the request before. */
export interface Changes {
  /** Documents that were opened or changed. */
  readonly opened: readonly OpenText[];
  /** Paths of documents that were closed. */
  readonly closed: readonly string[];
  /** Whether files on the disk may have changed. */
  readonly reload: boolean;
}

/** Identifies a test: the file's absolute path, and the line of its title. */
export interface TestAt {
  readonly path: string;
  readonly line: number;
}

export type Request =
  | { readonly kind: 'analyse'; readonly id: number; readonly changes: Changes }
  | { readonly kind: 'test'; readonly id: number; readonly tests: readonly TestAt[] };

export type Reply =
  | { readonly kind: 'analysis'; readonly id: number; readonly projects: readonly Project[] }
  | { readonly kind: 'tested'; readonly id: number; readonly run: TestRun }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };

/** A finding, in the words of `rules check` or `config`. */
export interface FoundMistake {
  readonly severity: Severity | 'information';
  readonly code: string;
  readonly span: Span;
  readonly message: string;
  readonly hint?: string;
}

/** A set of rule files with its relay.yaml, as it was found. */
export interface Project {
  /** The absolute path of relay.yaml; undefined if the rules have none. */
  readonly relay: string | undefined;
  /** By path in the set of rule files, the absolute path. */
  readonly paths: ReadonlyMap<string, string>;
  readonly model: FolderModel;
  /** Whether the folder holds only Sigma rules, such as a checkout of SigmaHQ. */
  readonly isLoose: boolean;
  /** By absolute path; only files with mistakes. */
  readonly found: ReadonlyMap<string, readonly FoundMistake[]>;
}

/** The result of running tests. */
export interface TestRun {
  /** Absent if they could be run. */
  readonly problem?: string;
  readonly passed: number;
  readonly failures: readonly FailedTest[];
}

export interface FailedTest extends TestAt {
  readonly title: string;
  readonly mistake: FoundMistake;
}
