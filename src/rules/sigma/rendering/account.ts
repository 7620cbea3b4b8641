/** `DOMAIN\user` of Windows and Sysmon, from the two columns in which Defender keeps them. */
import { first, type Rendering, type Texts } from './rendering.ts';

/** With its domain, and by its name alone: rules for Linux say `User: root`, and people leave the domain out. */
export const account: Rendering = {
  name: 'account',
  render(columns) {
    const name = first(columns, 1);
    const full = fullName(columns);
    return full && name && full !== name ? [full, name] : textsOf(full);
  },
  // Accounts of one name in two domains are two accounts.
  reference: { name: 'account with its domain', render: (columns) => textsOf(fullName(columns)) },
};

function fullName(columns: readonly Texts[]): string | undefined {
  const domain = first(columns, 0);
  const name = first(columns, 1);
  return domain && name ? `${domain}\\${name}` : name || domain;
}

function textsOf(text: string | undefined): Texts {
  return text ? [text] : [];
}
