/** What the last check found, by document. */
import { relayConfigSchema } from '../../../config/schema.ts';
import type { EditedFile } from '../../../rules/editor/document.ts';
import { fileKindOf } from '../../../rules/editor/file-kinds.ts';
import type { FolderModel } from '../../../rules/editor/model.ts';
import type { FoundMistake, Project } from './messages.ts';

/** A document, and the project that it belongs to. */
export interface Known {
  readonly project: Project;
  readonly model: FolderModel;
  /** With its text. */
  readonly file: EditedFile;
}

export class Projects {
  #list: readonly Project[] = [];
  /** By absolute path, the path in the set of rule files. */
  #paths: ReadonlyMap<string, { readonly project: Project; readonly path: string }> = new Map();

  get list(): readonly Project[] {
    return this.#list;
  }

  set list(projects: readonly Project[]) {
    this.#list = projects;
    this.#paths = new Map(
      projects.flatMap((project) =>
        [...project.paths].map(([path, absolute]) => [absolute, { project, path }] as const),
      ),
    );
  }

  /** Undefined for a document that belongs to no project that was checked. */
  find(path: string, text: string): Known | undefined {
    const relay = this.#list.find((project) => project.relay === path);
    if (relay) {
      const file: EditedFile = { kind: 'relay', path, text, relaySchema: relayConfigSchema };
      return { project: relay, model: relay.model, file };
    }
    const found = this.#paths.get(path);
    const kind = found && fileKindOf(found.path);
    if (!found || !kind) return undefined;
    return { project: found.project, model: found.project.model, file: { kind, path: found.path, text } };
  }

  /** The findings of all projects by absolute path. */
  found(): ReadonlyMap<string, readonly FoundMistake[]> {
    return new Map(this.#list.flatMap((project) => [...project.found]));
  }
}
