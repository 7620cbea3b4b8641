/** Completion and hover for CodeMirror, as the engine answers them: the same functions as the editor server's. */
import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import type { EditorView, Tooltip } from '@codemirror/view';
import type { CompletionItem, HoverText } from '../engine/messages.ts';
import { markdownElement } from './markdown.ts';

/** Where the answers come from. They resolve with nothing where the engine was stopped. */
export interface Language {
  complete(file: string, text: string, offset: number): Promise<readonly CompletionItem[]>;
  hover(file: string, text: string, offset: number): Promise<HoverText | undefined>;
}

const KINDS: Readonly<Record<CompletionItem['kind'], string>> = {
  column: 'property',
  field: 'property',
  key: 'keyword',
  modifier: 'function',
  name: 'variable',
  value: 'constant',
};

export function completionsFrom(file: string, language: Language) {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const before = context.matchBefore(/[\w$.|-]+/);
    if (!before && !context.explicit) return null;
    const items = await language.complete(file, context.state.doc.toString(), context.pos);
    const [first] = items;
    if (!first || context.aborted) return null;
    return { from: first.from, options: items.map(option), validFor: /^[\w$.-]*$/ };
  };
}

function option({ label, kind, detail, about, insert, to }: CompletionItem, at: number): Completion {
  return {
    label,
    type: KINDS[kind],
    // CodeMirror sorts by how well the label fits, and then by this.
    boost: -Math.min(at, 99),
    ...(detail !== undefined && { detail }),
    ...(about !== undefined && { info: () => markdownElement(about) }),
    apply: (view, _completion, from, typedTo) => {
      const end = Math.max(to, typedTo);
      view.dispatch({
        changes: { from, to: Math.min(end, view.state.doc.length), insert },
        selection: { anchor: from + insert.length },
        userEvent: 'input.complete',
      });
    },
  };
}

export function hoverFrom(file: string, language: Language) {
  return async (view: EditorView, pos: number): Promise<Tooltip | null> => {
    const found = await language.hover(file, view.state.doc.toString(), pos);
    if (!found) return null;
    return {
      pos: found.from,
      end: found.to,
      above: true,
      create: () => ({ dom: markdownElement(found.about) }),
    };
  };
}
