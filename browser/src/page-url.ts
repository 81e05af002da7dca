/** What a request is for, as the page resolves it; `undefined` for what is no URL, and for `data:`, `blob:` and the like. */
export function httpUrl(text: unknown): URL | undefined {
  try {
    const url = new URL(String(text), document.baseURI);
    return /^https?:$/.test(url.protocol) ? url : undefined;
  } catch {
    // The browser will say so to the app.
    return undefined;
  }
}
