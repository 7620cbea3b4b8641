/** Sentences about a page's data: there is none, it cannot be read, it is old; and marks of a state. */
import type { ComponentChildren } from 'preact';
import type { Loaded } from '../api.ts';
import { Text } from './text.tsx';
import { formatAge, now } from './time.tsx';

export type Tone = 'good' | 'warn' | 'bad' | 'quiet';

/** A word about a state: `alive`, `open`. Its colour says nothing that the word does not. */
export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

/** There is nothing to show, and that is known. */
export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** Something went wrong. */
export function ErrorNote({ message }: { readonly message: string }) {
  return (
    <p class="note bad" role="alert">
      <Text value={message} first={1000} />
    </p>
  );
}

/** Something that a person should know. */
export function Note({
  tone = 'quiet',
  children,
}: {
  readonly tone?: Tone;
  readonly children: ComponentChildren;
}) {
  return <p class={`note ${tone}`}>{children}</p>;
}

export interface ViewOfProps<T> {
  readonly of: Loaded<T>;
  readonly children: (data: T) => ComponentChildren;
}

/** A view's data as `children` shows it. While the relay does not answer: its sentence, and the last data with its age. */
export function ViewOf<T>({ of, children }: ViewOfProps<T>) {
  const { data, at, error } = of;
  return (
    <>
      {error ? <ErrorNote message={error.message} /> : null}
      {error && data !== undefined && at !== undefined ? (
        <Note tone="warn">What you see is {formatAge(now.value - at)} old.</Note>
      ) : null}
      {data === undefined && !error ? <p class="empty">Reading…</p> : null}
      {data === undefined ? null : <div class={error ? 'old' : undefined}>{children(data)}</div>}
    </>
  );
}

/** Why parts of a view are unknown. */
export function Trouble({ sentences }: { readonly sentences: readonly string[] }) {
  return (
    <>
      {sentences.map((sentence) => (
        <Note key={sentence} tone="warn">
          <Text value={sentence} first={1000} />
        </Note>
      ))}
    </>
  );
}

/** A box with a heading: a part of a page. */
export function Panel({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <section class="panel">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** A name and its figure, several in a row. */
export function Facts({ facts }: { readonly facts: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
