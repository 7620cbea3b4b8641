/** CodeMirror in a shadow root, whose constructable style sheets the page's policy allows, with the answers of the editor server. */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { history, historyKeymap, indentWithTab, standardKeymap } from '@codemirror/commands';
import { indentUnit, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { EditorView, hoverTooltip, keymap, lineNumbers } from '@codemirror/view';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { FoundAt } from '../engine/messages.ts';
import { completionsFrom, hoverFrom, type Language } from './language.ts';
import { COLOURS, THEME } from './theme.ts';
import { YAML } from './yaml.ts';

export interface EditorProps {
  /** The file's path: another file has a state of its own. */
  readonly file: string;
  readonly text: string;
  /** Another number, where the text was replaced by something else than the editor. */
  readonly edition: number;
  readonly findings: readonly FoundAt[];
  readonly language: Language;
  readonly onChange: (file: string, text: string) => void;
}

/** Files whose history is kept while another is shown. */
const MOST_KEPT = 50;
/** Longer texts have no room in memory for their highlighting. Characters. */
const MOST = 500_000;

export function Editor({ file, text, edition, findings, language, onChange }: EditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const kept = useRef(new Map<string, EditorState>());
  const changed = useRef(onChange);
  changed.current = onChange;

  /*
   * The text is the editor's own until another file is shown, or another text of it. It is never put back from what the page was told:
   * that may be older than what was typed meanwhile.
   */
  useLayoutEffect(() => {
    const element = host.current;
    if (!element) return undefined;
    const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' });
    const before = kept.current.get(file);
    const made = new EditorView({
      root,
      parent: root,
      state:
        before?.doc.toString() === text
          ? before
          : EditorState.create({
              doc: text,
              extensions: extensions(file, language, (one) => changed.current(file, one)),
            }),
    });
    view.current = made;
    return () => {
      view.current = null;
      // With what can be undone. Set anew, it is the last that is given up.
      kept.current.delete(file);
      kept.current.set(file, made.state);
      const [oldest] = kept.current.keys();
      if (oldest !== undefined && kept.current.size > MOST_KEPT) kept.current.delete(oldest);
      made.destroy();
    };
  }, [file, edition, language]);

  useEffect(() => {
    const shown = view.current;
    if (shown)
      shown.dispatch(
        setDiagnostics(
          shown.state,
          findings.map((one) => marked(shown.state, one)),
        ),
      );
  }, [findings, file, edition]);

  return <div class="editor" ref={host} />;
}

function extensions(file: string, language: Language, onChange: (text: string) => void) {
  return [
    lineNumbers(),
    history(),
    closeBrackets(),
    lintGutter(),
    YAML,
    indentUnit.of('  '),
    syntaxHighlighting(COLOURS),
    THEME,
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': `Text of ${file}` }),
    autocompletion({ override: [completionsFrom(file, language)], activateOnTyping: true }),
    hoverTooltip(hoverFrom(file, language)),
    keymap.of([
      ...closeBracketsKeymap,
      ...standardKeymap,
      ...historyKeymap,
      ...completionKeymap,
      ...lintKeymap,
      // Escape and then Tab leaves the editor.
      indentWithTab,
    ]),
    EditorView.domEventHandlers({ beforeinput: replaced }),
    EditorState.changeFilter.of((change) => change.newDoc.length <= MOST),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) onChange(update.state.doc.toString());
    }),
  ];
}

/**
 * Puts typed text in place of a selection. Left to the browser, Chromium writes an inline style for it, which the policy refuses, before
 * CodeMirror draws the line anew.
 */
function replaced(event: InputEvent, view: EditorView): boolean {
  const { main, ranges } = view.state.selection;
  const { data } = event;
  if (event.inputType !== 'insertText' || data === null || main.empty || ranges.length > 1) return false;
  event.preventDefault();
  const { from, to } = main;
  const insert = () => view.state.update(view.state.replaceSelection(data), { userEvent: 'input.type' });
  const isHandled = view.state
    .facet(EditorView.inputHandler)
    .some((handle) => handle(view, from, to, data, insert));
  if (!isHandled) view.dispatch(insert());
  return true;
}

/** A finding's place by the offsets of the text. */
function marked({ doc }: EditorState, { span, severity, message, hint, code }: FoundAt): Diagnostic {
  const line = doc.line(Math.min(Math.max(span.line, 1), doc.lines));
  const from = Math.min(line.from + span.column - 1, line.to);
  return {
    from,
    to: Math.min(from + span.length, doc.length),
    severity: severity === 'information' ? 'info' : severity,
    source: code,
    message: hint === undefined ? message : `${message}\n${hint}`,
  };
}
