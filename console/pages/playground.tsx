/** The page of the playground. */
import { Playground } from '../playground/playground.tsx';

export function Page() {
  return <Playground />;
}
