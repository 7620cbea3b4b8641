/** The start of the playground as a page of its own. */
import { render } from 'preact';
import { letGoOfOldDrawings } from '../../old-drawings.ts';
import '../../styles.css';
import { Playground } from '../playground.tsx';
import './page.css';

letGoOfOldDrawings();
const root = document.getElementById('playground');
if (root) {
  render(
    <main class="page">
      <h1>xdr-relay playground</h1>
      <p>
        Rules, rows, and what each destination is sent, by the relay's own engine. Everything stays in this
        browser: nothing is sent anywhere.
      </p>
      <Playground />
    </main>,
    root,
  );
}
