/** Block Kit drawn as Slack draws it: the blocks and the mrkdwn that the relay uses. */
import type { ComponentChildren } from 'preact';
import { Text } from '../../parts/text.tsx';

export function SlackMessage({ body }: { readonly body: unknown }) {
  const blocks = listOf(memberOf(body, 'blocks'));
  if (blocks.length === 0) return null;
  return (
    <figure class="drawn slack">
      <figcaption>As Slack shows it</figcaption>
      {blocks.map((block, at) => (
        <Block key={at} block={block} />
      ))}
    </figure>
  );
}

function Block({ block }: { readonly block: unknown }) {
  const type = memberOf(block, 'type');
  if (type === 'header') {
    return (
      <p class="slack-header">
        <Text value={textOf(memberOf(block, 'text'))} />
      </p>
    );
  }
  if (type === 'divider') return <hr />;
  if (type === 'context') {
    return (
      <div class="slack-context">
        {listOf(memberOf(block, 'elements')).map((one, at) => (
          <Mrkdwn key={at} text={textOf(one)} />
        ))}
      </div>
    );
  }
  const fields = listOf(memberOf(block, 'fields'));
  return (
    <div class="slack-section">
      <Mrkdwn text={textOf(memberOf(block, 'text'))} />
      {fields.length > 0 ? (
        <div class="slack-fields">
          {fields.map((one, at) => (
            <Mrkdwn key={at} text={textOf(one)} />
          ))}
        </div>
      ) : null}
    </div>
  );
}

/** Code blocks, code, bold, italics, links, dates (Slack, "Formatting text for app surfaces"). */
const MARKS =
  /```\n?([\s\S]*?)```|`([^`\n]+)`|\*([^*\n]+)\*|_([^_\n]+)_|<(https?:\/\/[^|>\s]+)(?:\|([^>]*))?>|<!date\^\d+\^[^|>]*\|([^>]*)>/g;

export function Mrkdwn({ text }: { readonly text: string }) {
  const made: ComponentChildren[] = [];
  let from = 0;
  const plain = (part: string) =>
    part
      .split('\n')
      .flatMap((line, at) => [
        ...(at > 0 ? [<br key={`${from}br${at}`} />] : []),
        ...(line === '' ? [] : [<Text key={`${from}t${at}`} value={unescaped(line)} first={3000} />]),
      ]);
  for (const match of text.matchAll(MARKS)) {
    const [whole, block, code, bold, italic, url, label, date] = match;
    made.push(...plain(text.slice(from, match.index)));
    from = match.index + whole.length;
    const key = match.index;
    if (block !== undefined) made.push(<Text key={key} value={unescaped(block)} block first={3000} />);
    else if (code !== undefined) {
      made.push(
        <code key={key}>
          <Text value={unescaped(code)} />
        </code>,
      );
    } else if (bold !== undefined) {
      made.push(
        <strong key={key}>
          <Text value={unescaped(bold)} />
        </strong>,
      );
    } else if (italic !== undefined) {
      made.push(
        <em key={key}>
          <Text value={unescaped(italic)} />
        </em>,
      );
    } else if (url !== undefined) {
      // Not a link: a row may have named it. The relay's own are shown as they look.
      made.push(
        <span key={key} class="link" title={unescaped(url)}>
          <Text value={unescaped(label ?? url)} />
        </span>,
      );
    } else made.push(<Text key={key} value={unescaped(date ?? '')} />);
  }
  made.push(...plain(text.slice(from)));
  return <div class="mrkdwn">{made}</div>;
}

/** Slack's three escapes. */
function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function textOf(value: unknown): string {
  const text = memberOf(value, 'text');
  return typeof text === 'string' ? text : '';
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
