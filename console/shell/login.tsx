/** The login: a key exchanged for a session's cookie, or Entra ID. */
import { useId, useState } from 'preact/hooks';
import type { KeyLogin, LoggedIn, SessionAnswer } from '../../src/console/model/session.ts';
import { apiError, post } from '../api.ts';
import { ErrorNote } from '../parts/notes.tsx';
import { navigate, pageHref, route } from './router.ts';

export interface LoginProps {
  readonly ways: SessionAnswer['logins'];
  /** Called when the person is logged in. */
  readonly onLoggedIn: () => void;
}

export function Login({ ways, onLoggedIn }: LoginProps) {
  const failed = route.value.query.get('error');
  return (
    <main class="login">
      <h1>Log in to xdr-relay</h1>
      {failed === null ? null : (
        <ErrorNote
          message={`The login has failed: ${failed}. The relay's log says more, and so does docs/errors.md.`}
        />
      )}
      {ways.includes('entra') ? (
        <p>
          <a class="button main" href={`${pageHref('login/entra')}?${new URLSearchParams({ to: wanted() })}`}>
            Log in with Microsoft Entra ID
          </a>
        </p>
      ) : null}
      {ways.includes('key') ? <KeyForm onLoggedIn={onLoggedIn} /> : null}
    </main>
  );
}

function KeyForm({ onLoggedIn }: Pick<LoginProps, 'onLoggedIn'>) {
  const id = useId();
  const [key, setKey] = useState('');
  const [failed, setFailed] = useState<string | undefined>();
  const [asking, setAsking] = useState(false);
  const logIn = async (event: Event) => {
    event.preventDefault();
    if (asking) return;
    setAsking(true);
    setFailed(undefined);
    try {
      await post<LoggedIn>('login', { key } satisfies KeyLogin);
      if (route.value.page.startsWith('login')) navigate(pageHref(''), { replace: true });
      onLoggedIn();
    } catch (error) {
      setFailed(apiError(error).message);
    }
    setAsking(false);
  };
  return (
    <form onSubmit={logIn}>
      <label for={id}>Key</label>
      <div class="row">
        <input
          id={id}
          type="password"
          autocomplete="current-password"
          required
          maxLength={1024}
          value={key}
          onInput={(event) => setKey(event.currentTarget.value)}
        />
        <button type="submit" class="main" disabled={asking}>
          Log in
        </button>
      </div>
      {failed === undefined ? null : <ErrorNote message={failed} />}
    </form>
  );
}

/** The page that the person wanted: Entra ID comes back to it. */
function wanted(): string {
  return route.value.page.startsWith('login') ? pageHref('') : location.pathname + location.search;
}
