/** An Adaptive Card drawn as Teams draws it: runs of text, times, and buttons. */
import { Text } from '../../parts/text.tsx';

export function TeamsCard({ body }: { readonly body: unknown }) {
  const [attachment] = listOf(memberOf(body, 'attachments'));
  const card = memberOf(attachment, 'content');
  const blocks = listOf(memberOf(card, 'body'));
  if (blocks.length === 0) return null;
  return (
    <figure class="drawn teams">
      <figcaption>As Teams shows it</figcaption>
      {blocks.map((block, at) => (
        <p key={at}>
          {memberOf(block, 'type') === 'RichTextBlock' ? (
            listOf(memberOf(block, 'inlines')).map((run, n) => (
              <span key={n} class={classOf(run)}>
                <Text value={stringOf(memberOf(run, 'text'))} first={3000} />
              </span>
            ))
          ) : (
            // Teams shows a time in the zone of who reads: here it stays in UTC.
            <Text
              value={stringOf(memberOf(block, 'text')).replace(/\{\{(?:DATE|TIME)\(([^,)]*)[^}]*\}\}/g, '$1')}
            />
          )}
        </p>
      ))}
      <p class="tabs">
        {listOf(memberOf(card, 'actions')).map((action, at) => (
          <span key={at} class="button-like" title={stringOf(memberOf(action, 'url'))}>
            <Text value={stringOf(memberOf(action, 'title'))} />
          </span>
        ))}
      </p>
    </figure>
  );
}

function classOf(run: unknown): string {
  return [
    memberOf(run, 'weight') === 'Bolder' ? 'bolder' : '',
    memberOf(run, 'size') === 'Large' ? 'large' : '',
    memberOf(run, 'fontType') === 'Monospace' ? 'monospace' : '',
    memberOf(run, 'selectAction') === undefined ? '' : 'link',
  ]
    .filter((name) => name !== '')
    .join(' ');
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
