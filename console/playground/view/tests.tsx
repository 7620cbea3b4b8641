/** What the tests in the rule files have shown, with what each failed one expected. */
import { Badge } from '../../parts/notes.tsx';
import { Text } from '../../parts/text.tsx';
import type { TestOutcomes } from '../engine/messages.ts';

export function Tests({ tests: { total, failed, shown } }: { readonly tests: TestOutcomes }) {
  const tests = total === 1 ? 'test' : 'tests';
  return (
    <section class="panel" aria-label="Tests">
      <h2>Tests</h2>
      <p>
        {failed === 0 ? <Badge tone="good">passed</Badge> : <Badge tone="bad">{failed} failed</Badge>} of{' '}
        {total.toLocaleString('en')} {tests} in the rule files
      </p>
      {shown.map(({ title, file, line, mismatches }) => (
        <details key={`${file} ${line}`} open={shown.length === 1}>
          <summary>
            <Text value={title} />{' '}
            <span class="more">
              <Text value={`${file}:${line}`} />
            </span>
          </summary>
          <ul>
            {mismatches.map(({ what, expected, actual }, at) => (
              <li key={at}>
                <code>{what}</code>: expected <Text value={expected} />, and it is <Text value={actual} />
              </li>
            ))}
          </ul>
        </details>
      ))}
      {failed > shown.length ? <p class="more">The first {shown.length} are shown.</p> : null}
    </section>
  );
}
