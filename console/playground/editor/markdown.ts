/** The little Markdown of the editor's answers as elements: paragraphs, lists, bold, code and links to documentation. Nothing is read as HTML. */

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\((https:\/\/[^\s)]+)\)/g;

export function markdownElement(text: string): HTMLElement {
  const box = document.createElement('div');
  box.className = 'about';
  for (const block of text.split(/\n{2,}/)) {
    const lines = block.split('\n');
    const isList = lines.every((line) => /^\s*[-*] /.test(line));
    const parent = document.createElement(isList ? 'ul' : 'p');
    for (const [at, line] of lines.entries()) {
      if (isList) {
        const item = document.createElement('li');
        addInline(item, line.replace(/^\s*[-*] /, ''));
        parent.append(item);
      } else {
        if (at > 0) parent.append(document.createElement('br'));
        addInline(parent, line);
      }
    }
    box.append(parent);
  }
  return box;
}

function addInline(parent: HTMLElement, text: string): void {
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, bold, label, href] = match;
    parent.append(text.slice(from, match.index));
    from = match.index + whole.length;
    const element = document.createElement(code !== undefined ? 'code' : bold !== undefined ? 'strong' : 'a');
    element.textContent = code ?? bold ?? label ?? '';
    if (element instanceof HTMLAnchorElement && href !== undefined) {
      element.href = href;
      element.rel = 'noreferrer';
      element.target = '_blank';
    }
    parent.append(element);
  }
  parent.append(text.slice(from));
}
