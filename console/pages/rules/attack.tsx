/** ATT&CK's tactics with the techniques that rules in force name, the darker the more hits. */
import type { AttackCell, AttackColumn } from '../../../src/console/model/rules.ts';
import { formatCount } from '../../parts/figures.tsx';
import { Note, Panel } from '../../parts/notes.tsx';
import { pageHref } from '../../shell/router.ts';

const SHADES = 4;

export function Attack({ columns }: { readonly columns: readonly AttackColumn[] }) {
  const cells = columns.flatMap(({ techniques }) => techniques);
  if (cells.length === 0) return null;
  const most = Math.max(1, ...cells.map(({ hits = 0 }) => hits));
  const open = columns.filter(({ techniques }) => techniques.length > 0);
  const bare = columns.filter(({ techniques }) => techniques.length === 0);
  return (
    <Panel title="MITRE ATT&amp;CK">
      <p>
        Techniques that the tags of rules in force name, under the tactics that the same rules name. The shade
        is the hits of 24 hours; a technique opens its rules.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard. */}
      <section class="scroll attack" tabIndex={0} aria-label="Techniques by tactic">
        {open.map(({ id, name, techniques }) => (
          <section key={id} aria-label={name}>
            <h3>{name}</h3>
            <ul>
              {techniques.map((cell) => (
                <li key={cell.id}>
                  <Cell cell={cell} most={most} />
                </li>
              ))}
            </ul>
          </section>
        ))}
      </section>
      {bare.length === 0 ? null : <Note>No rule names {bare.map(({ name }) => name).join(', ')}.</Note>}
    </Panel>
  );
}

function Cell({
  cell: { id, name, rules, hits },
  most,
}: {
  readonly cell: AttackCell;
  readonly most: number;
}) {
  const shade =
    hits === undefined || hits === 0 ? 0 : Math.ceil((Math.log1p(hits) / Math.log1p(most)) * SHADES);
  return (
    <a class={`technique shade${shade}`} href={pageHref('rules', { technique: id })}>
      <b>{id}</b> {name}
      <small>
        {rules === 1 ? '1 rule' : `${rules} rules`},{' '}
        {hits === undefined ? 'hits unknown' : `${formatCount(hits)} hits`}
      </small>
    </a>
  );
}
