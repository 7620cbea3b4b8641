/** What each destination is sent, exactly, and messages for people as the product draws them. */
import { useState } from 'preact/hooks';
import { Badge, Note } from '../../parts/notes.tsx';
import { Text } from '../../parts/text.tsx';
import type { ShapeVerdict, WireForm, WireRequest } from '../engine/messages.ts';
import { SlackMessage } from './slack.tsx';
import { TeamsCard } from './teams.tsx';

export interface WireProps {
  readonly forms: readonly WireForm[];
  readonly isFiltered: boolean;
}

export function Wire({ forms, isFiltered }: WireProps) {
  if (forms.length === 0) {
    return (
      <Note>{isFiltered ? 'A filter drops the row: nothing is sent.' : 'No destination gets this row.'}</Note>
    );
  }
  return (
    <>
      {forms.map((form) => (
        <section class="panel wire" key={form.to} aria-label={`What ${form.to} is sent`}>
          <h2>
            <Text value={form.to} /> <Badge tone="quiet">{form.type}</Badge>
          </h2>
          {form.problem ? <Note tone="warn">Nothing to show: {form.problem}</Note> : null}
          {form.verdict ? <Verdict verdict={form.verdict} /> : null}
          {form.requests.length === 0 && !form.problem ? (
            <Note>Nothing is sent for this row alone.</Note>
          ) : null}
          {form.requests.map((request, at) => (
            <RequestOf key={at} request={request} type={form.type} />
          ))}
        </section>
      ))}
    </>
  );
}

function Verdict({ verdict: { shape, violations } }: { readonly verdict: ShapeVerdict }) {
  const name = shape.toUpperCase();
  if (violations.length === 0) {
    return (
      <p>
        <Badge tone="good">valid</Badge> by the schema of {name}
      </p>
    );
  }
  return (
    <>
      <p>
        <Badge tone="bad">
          {violations.length} {violations.length === 1 ? 'violation' : 'violations'}
        </Badge>{' '}
        of the schema of {name}
      </p>
      <ul>
        {violations.slice(0, 50).map(({ path, message }) => (
          <li key={`${path} ${message}`}>
            <Text value={path} /> <Text value={message} />
          </li>
        ))}
      </ul>
    </>
  );
}

function RequestOf({ request, type }: { readonly request: WireRequest; readonly type: string }) {
  const [isReadable, setReadable] = useState(true);
  const { method, url, headers, body, compressed } = request;
  const parsed = parsedOf(body);
  const shown = isReadable && parsed !== undefined ? JSON.stringify(parsed, undefined, 2) : body;
  return (
    <article class="request">
      {type === 'slack' ? <SlackMessage body={parsed} /> : null}
      {type === 'teams' ? <TeamsCard body={parsed} /> : null}
      <p class="line">
        {method ? <strong>{method} </strong> : null}
        <Text value={url} first={500} />
      </p>
      <dl class="headers">
        {headers.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <Text value={value} />
            </dd>
          </div>
        ))}
      </dl>
      <div class="tabs">
        {parsed === undefined ? null : (
          <button type="button" aria-pressed={!isReadable} onClick={() => setReadable(!isReadable)}>
            Exactly as sent
          </button>
        )}
        <span class="more">
          {new TextEncoder().encode(body).length.toLocaleString('en')} bytes
          {compressed ? ', on the wire compressed with gzip' : ''}
        </span>
      </div>
      <Text value={shown} first={4000} block />
    </article>
  );
}

function parsedOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
