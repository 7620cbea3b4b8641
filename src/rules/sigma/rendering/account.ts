/** Renders `DOMAIN\user`, as Windows and Sysmon write it, from Defender's two columns. */
import { first, type Rendering, type Texts } from './rendering.ts';

const withDomain: Rendering = {
  name: 'account with its domain',
  form: { kind: 'account', both: false },
  render: (columns) => textsOf(fullName(columns)),
};

/** An account with its domain, and without: rules for Linux say `User: root`, and authors often omit the domain. */
export const account: Rendering = {
  name: 'account',
  form: { kind: 'account', both: true },
  render(columns) {
    const name = first(columns, 1);
    const full = fullName(columns);
    return full && name && full !== name ? [full, name] : textsOf(full);
  },
  usual: {
    // The usual spelling has the domain, because accounts of one name in two domains are different accounts.
    rendering: withDomain,
    // The spelling with the domain ends with the name, so it also decides these tests of the name.
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
