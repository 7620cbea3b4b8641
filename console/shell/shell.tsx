/** What stands around every page: navigation, what needs attention, who is logged in, the theme. */
import type { ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { SessionAnswer } from '../../src/console/model/session.ts';
import { post, useView } from '../api.ts';
import { PAGES, type PageEntry } from '../pages.ts';
import { ErrorNote } from '../parts/notes.tsx';
import { Text } from '../parts/text.tsx';
import { session } from '../session.ts';
import { Attention } from './attention.tsx';
import { Login } from './login.tsx';
import { leaveForLogin, loginHref, pageHref, route } from './router.ts';
import { chooseTheme, nextTheme, theme } from './theme.ts';

/** Asked again so that an ended session is noticed. Milliseconds. */
const SESSION_MS = 60_000;

export function Shell() {
  const asked = useView<SessionAnswer>('session', {}, SESSION_MS);
  const answer = asked.data;
  useEffect(() => {
    session.value = answer;
  }, [answer]);
  const name = route.value.page;
  const wantsLogin = name === 'login' && answer && answer.logins.length > 0;
  const needsLogin = answer?.viewer === null && !pageWasShown;
  if (wantsLogin || needsLogin) return <Login ways={answer.logins} onLoggedIn={asked.reload} />;
  if (answer?.viewer) pageWasShown = true;
  const entry = PAGES.find(({ path }) => path === name) ?? (name === '' ? PAGES[0] : undefined);
  return (
    <div class="shell">
      <a class="skip" href="#page">
        Skip to the page
      </a>
      <header class="top">
        <span class="brand">xdr-relay</span>
        <nav class="nav" aria-label="Pages">
          <ul>
            {PAGES.map(({ path, title }) => (
              <li key={path}>
                <a href={pageHref(path)} aria-current={path === entry?.path ? 'page' : undefined}>
                  {title}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <Person answer={answer} />
      </header>
      <div class="content">
        {answer?.viewer === null ? <Ended /> : null}
        {answer?.viewer ? <Attention /> : null}
        <main id="page" tabIndex={-1}>
          {answer ? null : asked.error ? (
            <ErrorNote message={asked.error.message} />
          ) : (
            <p class="empty">Reading…</p>
          )}
          {answer && entry ? <Opened key={entry.path} entry={entry} /> : null}
          {answer && !entry ? <NoSuchPage name={name} /> : null}
        </main>
      </div>
    </div>
  );
}

/** Whether a page was open already: when the session ends it stays, with what the person typed in it. */
let pageWasShown = false;

function Person({ answer }: { readonly answer: SessionAnswer | undefined }) {
  const who = answer?.viewer;
  const [failed, setFailed] = useState(false);
  const logOut = () =>
    post('logout', {}).then(
      () => location.assign(pageHref('login')),
      () => setFailed(true),
    );
  return (
    <div class="person">
      {who ? (
        <span class="who" title={`xdr-relay ${answer.version}`}>
          <Text value={who.by === 'none' ? 'no login' : who.name} first={64} />, {who.role}
        </span>
      ) : null}
      <button type="button" class="quiet" onClick={() => chooseTheme(nextTheme())}>
        Theme: {theme.value}
      </button>
      {who && who.by !== 'none' ? (
        <button type="button" class="quiet" onClick={logOut}>
          Log out
        </button>
      ) : null}
      {failed ? <ErrorNote message="The relay did not end the session." /> : null}
    </div>
  );
}

function Ended() {
  return (
    <p class="note bad" role="alert">
      Your session has ended: what you see is no longer kept up to date.{' '}
      <a href={loginHref()} onClick={leaveForLogin}>
        Log in
      </a>
    </p>
  );
}

function NoSuchPage({ name }: { readonly name: string }) {
  return (
    <>
      <h1>No such page</h1>
      <p>
        The console has no page <Text value={name} first={60} />.
      </p>
    </>
  );
}

/** A page, once its code is there. */
function Opened({ entry }: { readonly entry: PageEntry }) {
  const [loaded, setLoaded] = useState<{ readonly Page: ComponentType } | undefined>();
  const [failed, setFailed] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${entry.title} - xdr-relay`;
    let gone = false;
    entry.load().then(
      (module) => gone || setLoaded(module),
      () => gone || setFailed(true),
    );
    return () => {
      gone = true;
    };
  }, [entry]);
  useFocusAfterMove(heading);
  return (
    <>
      <h1 ref={heading} tabIndex={-1}>
        {entry.title}
      </h1>
      {loaded ? <loaded.Page /> : null}
      {failed ? (
        <ErrorNote message="The code of this page cannot be loaded: the relay may have been updated. Reload the window." />
      ) : null}
    </>
  );
}

/** Moves the focus to a new page's heading, so that a screen reader reads it; not on the first page, where the browser begins at the top. */
let first = true;
function useFocusAfterMove(heading: { readonly current: HTMLElement | null }): void {
  useEffect(() => {
    if (!first) heading.current?.focus({ preventScroll: true });
    if (!first) scrollTo(0, 0);
    first = false;
  }, [heading]);
}
