/** Accounts by the ways to sign in without a token, and names of blobs that are hard to put into an address. */

/** With the key "secret-secret". */
export const KEY =
  'DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey=c2VjcmV0LXNlY3JldA==;EndpointSuffix=core.windows.net';
export const ACCOUNTS: Readonly<Record<string, string>> = {
  'an account key': KEY,
  'a shared access signature':
    'BlobEndpoint=https://contoso.blob.core.windows.net;SharedAccessSignature=sv=2024&sig=a%2Bb',
  'an emulator': 'UseDevelopmentStorage=true',
};
export const NAMES = [
  'tenantId=1/y=2026/m=11/PT1H.json',
  "a b+c&d=e?f#g'h.json",
  'percent %2F 100%.json',
  'a/../b/Ü☃',
];
