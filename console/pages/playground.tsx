/** The page of the playground, with rows of the stream where relay.yaml and the person's role allow it. */
import { captureRows } from '../playground/capture.ts';
import { Playground } from '../playground/playground.tsx';
import { session } from '../session.ts';

export function Page() {
  return <Playground {...(session.value?.allowed.capture && { capture: captureRows })} />;
}
