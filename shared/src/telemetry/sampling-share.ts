/**
 * Whether the id is one of those whose hash falls in the share `rate`: the same in every page and process, and whoever is in a share is in every greater one.
 * The hash is FNV-1a of 32 bits over the id's bytes, which are ASCII, mixed by the last step of MurmurHash3, for FNV alone hardly spreads ids that
 * differ at the end. Other languages agree on it, so it never changes.
 */
export function isInShare(id: string, rate: number): boolean {
  let hash = 0x811c_9dc5;
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 0x0100_0193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32 < rate;
}
