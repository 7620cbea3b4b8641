/** Addresses of HTTP requests, from the host and the URI that Defender has in two fields. */
import { first, type Rendering, type Texts } from './rendering.ts';

const NOTHING: Texts = [];

/**
 * The URI as it is asked for, and with its host before it: proxies' logs have one or the other.
 *
 * Seen: `"host":"www.gstatic.com"`, `"uri":"www.gstatic.com:443"` of a CONNECT (elastic/integrations, test-device.log of
 * m365_defender), and URIs that begin with `/` in public hunting queries.
 */
export const url: Rendering = {
  name: 'url',
  render(columns) {
    const host = first(columns, 0);
    const uri = first(columns, 1);
    if (!uri) return NOTHING;
    return host && uri.startsWith('/') ? [uri, `http://${host}${uri}`] : [uri];
  },
};

/** What stands before the `?`. */
export const uriStem = partOf('path of a URI', (uri) => uri.split('?', 1)[0]);

/** What stands after the `?`. */
export const uriQuery = partOf('query of a URI', (uri) => /\?(.*)$/s.exec(uri)?.[1]);

/** `exe` of `/a/b.exe?c`. */
export const uriExtension = partOf(
  'extension of a URI',
  (uri) => /\.([^./?]*)$/.exec(uri.split('?', 1)[0] ?? '')?.[1],
);

function partOf(name: string, part: (uri: string) => string | undefined): Rendering {
  return { name, render: ([texts = NOTHING]) => texts.flatMap((uri) => part(uri) || []) };
}
