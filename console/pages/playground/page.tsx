/** The page of the playground: with rows of the stream where relay.yaml and the person's role allow it, and from the relay's rule files where a link of the page Rules asks for that. */
import { useEffect, useState } from 'preact/hooks';
import { apiError } from '../../api.ts';
import { captureRows } from '../../playground/capture.ts';
import { Playground } from '../../playground/playground.tsx';
import type { Start } from '../../playground/props.ts';
import { session } from '../../session.ts';
import { route } from '../../shell/router.ts';
import { type Of, startFromRules } from './from-rules.ts';

export function Page() {
  const file = route.value.query.get('file') ?? undefined;
  const of: Of = route.value.query.get('of') === 'found' ? 'found' : 'force';
  const capture = session.value?.allowed.capture ? captureRows : undefined;
  if (file === undefined) return <Playground key="own" capture={capture} />;
  return <FromRules key={`${of} ${file}`} file={file} of={of} />;
}

function FromRules({ file, of }: { readonly file: string; readonly of: Of }) {
  const [start, setStart] = useState<Start>();
  useEffect(() => {
    let gone = false;
    startFromRules(file, of)
      .catch((error: unknown): Start => ({ note: `${file} cannot be opened: ${apiError(error).message}` }))
      .then((found) => gone || setStart(found));
    return () => {
      gone = true;
    };
  }, [file, of]);
  if (!start) return <p class="empty">Reading the rule files…</p>;
  const capture = session.value?.allowed.capture ? captureRows : undefined;
  return <Playground start={start} capture={capture} />;
}
