/** `DOMAIN\user` of Windows and Sysmon, from the two columns in which Defender keeps them. */
import { first, type Rendering, type Texts } from './rendering.ts';

const withDomain: Rendering = {
  name: 'account with its domain',
  render: (columns) => textsOf(fullName(columns)),
};

/** With its domain, and by its name alone: rules for Linux say `User: root`, and people leave the domain out. */
export const account: Rendering = {
  name: 'account',
  render(columns) {
    const name = first(columns, 1);
    const full = fullName(columns);
    return full && name && full !== name ? [full, name] : textsOf(full);
  },
  usual: {
    // Accounts of one name in two domains are two accounts.
    rendering: withDomain,
    // The name is the end of it.
    suffices: ({ place, literal }) => place === 'contains' || place === 'endswith' || literal.includes('\\'),
  },
  indexedAs: {
    rendering: withDomain,
    need: ({ mode, literal }) => ({
      mode: mode === 'equals' || mode === 'endswith' ? 'endswith' : 'contains',
      literal,
    }),
  },
};

function fullName(columns: readonly Texts[]): string | undefined {
  const domain = first(columns, 0);
  const name = first(columns, 1);
  return domain && name ? `${domain}\\${name}` : name || domain;
}

function textsOf(text: string | undefined): Texts {
  return text ? [text] : [];
}
