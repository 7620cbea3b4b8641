/** The editor's looks, from the page's colours: custom properties reach into the shadow root. */
import { HighlightStyle } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

export const COLOURS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--line-1)' },
  { tag: [tags.string, tags.content], color: 'var(--line-3)' },
  { tag: [tags.comment, tags.lineComment], color: 'var(--quiet)' },
  { tag: [tags.keyword, tags.typeName, tags.labelName, tags.meta], color: 'var(--line-4)' },
]);

export const THEME = EditorView.theme({
  '&': { backgroundColor: 'var(--box)', color: 'var(--text)', height: '100%', fontSize: '13px' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', overflow: 'auto' },
  '.cm-content': { caretColor: 'var(--text)' },
  '.cm-gutters': { backgroundColor: 'var(--box)', color: 'var(--quiet)', border: 'none' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-tooltip': {
    backgroundColor: 'var(--box)',
    color: 'var(--text)',
    border: '1px solid var(--field)',
    maxWidth: 'min(32rem, 90vw)',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    backgroundColor: 'var(--accent)',
    color: 'var(--box)',
  },
  '.cm-completionDetail': { fontStyle: 'normal', opacity: '1' },
  '.about': { padding: '0.25rem 0.5rem', maxHeight: '16rem', overflow: 'auto' },
  '.about p, .about ul': { margin: '0.25rem 0' },
  '.cm-selectionBackground, &.cm-focused .cm-selectionBackground': { backgroundColor: 'var(--quiet-box)' },
});
